"""E-mail addresses."""

import re
import unicodedata
from functools import lru_cache
from urllib.parse import unquote

import idna

from cdp_spark.values.text import bare, is_combining, is_unseen, lower

# RFC 5321, section 4.5.3.1.
_LONGEST, _LONGEST_LOCAL = 254, 64
_SCHEME = re.compile(r"^(?:mailto|smtp|e-?mail)\s*:\s*", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"<([^<>]*)>[^<>]*$")
_COMMENT = re.compile(r"\s*\([^()]*\)\s*$")
_QUOTES = "'\"`´‘’‚‛“”„‹›«»"
_CLOSING = ".,;:"
# Signs of an address without quotes: RFC 5322, section 3.2.3, and letters of any script.
_LOCAL = re.compile(r"^[\w.!#$%&'*+/=?^`{|}~-]+$")
_ASCII_DOMAIN = re.compile(
    r"^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?![0-9]+$)[a-z0-9][a-z0-9-]{0,61}[a-z0-9]$"
)
_DOTS = re.compile("[。｡．]")
_PLAIN = re.compile(r"^[a-z0-9._-]{1,64}@(?=.{1,180}$)[a-z0-9-]{1,63}(?:\.[a-z0-9-]{2,63})+$")
# Addresses of forms and manuals: the domains of RFC 2606, and words that stand for a person.
_EXAMPLES = re.compile(
    r"@example\.(?:com|net|org|edu)$"
    r"|^(?:test|tests|testing|email|user|username|name|example|sample|foo|abc|asd|aaa|xxx|null"
    r"|none|nil|undefined|nan|unknown|n/a)"
    r"@(?:test|testing|email|domain|example|sample|bar|abc|asd|aaa|xxx|null|none|nil|undefined|nan"
    r"|unknown|mail|company|yourdomain|mydomain|n/a)\.[a-z]{2,}$"
)
_GOOGLE = ("gmail.com", "googlemail.com")


@lru_cache(maxsize=1 << 16)
def email_of(raw: str) -> str | None:
    """The address that delivers to this mailbox, in one spelling; None if it is not an address.

    In lower case, the domain in ASCII (RFC 5891). A +tag stays: some hosts do not ignore it.
    """
    text = lower(raw.strip())
    if not _PLAIN.match(text) or "xn--" in text:
        text = _unwrapped(raw)
    local, at, domain = text.rpartition("@")
    if not at or not _is_local(local):
        return None
    found = _domain(domain)
    address = f"{local}@{found}"
    return address if found and len(address) <= _LONGEST else None


def mailbox_of(address: str) -> str:
    """The mailbox of an address, for comparing: without +tag, for Google also without dots."""
    local, _, domain = address.rpartition("@")
    local = local.partition("+")[0] or local
    if domain in _GOOGLE:
        return f"{local.replace('.', '') or local}@gmail.com"
    return f"{local}@{domain}"


def is_example(address: str) -> bool:
    """Whether an address is one of those that forms and manuals show."""
    return _EXAMPLES.search(address) is not None


def _unwrapped(raw: str) -> str:
    """The address alone, in lower case: without name, scheme, quotes and unseen signs."""
    text = unicodedata.normalize("NFKC", raw)
    text = "".join(sign for sign in text if not is_unseen(sign) or sign.isspace())
    text = bare(text)
    if "@" not in text and "%40" in text:
        text = unquote(text)
    if in_brackets := _IN_BRACKETS.search(text):
        text = in_brackets[1]
    before = ""
    while text != before:
        before = text
        text = _COMMENT.sub("", _SCHEME.sub("", text.strip().strip(_QUOTES).rstrip(_CLOSING)))
        text = text.strip("<>")
    if _SCHEME.match(bare(raw).strip(_QUOTES + "<")):
        text = unquote(text.partition("?")[0])
    # Turkish lower case makes a dotless ı of I; no mailbox and no top-level domain has one.
    local, at, domain = lower(text).rpartition("@")
    if "ı" in domain.rpartition(".")[2]:
        domain = domain.replace("ı", "i")
    return f"{local.replace('ı', 'i')}{at}{domain}"


def _is_local(local: str) -> bool:
    is_plain = _LOCAL.match(local) is not None and len(local) <= _LONGEST_LOCAL
    return is_plain and (
        local.isascii() or not any(is_unseen(sign) or is_combining(sign) for sign in local)
    )


@lru_cache(maxsize=1 << 14)
def _domain(domain: str) -> str | None:
    """The domain in ASCII; None if there can't be such a domain."""
    name = _DOTS.sub(".", domain).rstrip(".")
    if not name.isascii() or "xn--" in name:
        try:
            name = idna.encode(name, uts46=True).decode("ascii")
        except idna.IDNAError:
            return None
    return name if _ASCII_DOMAIN.match(name) else None
