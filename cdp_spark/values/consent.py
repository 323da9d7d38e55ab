"""Consent as people and software write it."""

from pyspark.sql import Column
from pyspark.sql import functions as F

from cdp_spark.values.text import stripped

# Words for yes and no: of Segment, Google consent mode, OneTrust, Shopify, mail services and
# spreadsheets, in English, Turkish, German, French, Spanish, Italian, Portuguese, Dutch, Polish
# and Romanian.
GRANTED = (
    "true", "t", "yes", "y", "1", "1.0", "on", "x", "ok", "granted", "grant", "given", "give",
    "allow", "allowed", "accept", "accepted", "agree", "agreed", "consent", "consented", "active",
    "enabled", "subscribed", "subscribe", "confirmed", "opt-in", "opt in", "optin", "opt_in",
    "opted in", "opted-in", "opted_in", "optedin", "always active", "evet", "onaylı", "onay",  # noqa: RUF001
    "izinli", "var", "ja", "oui", "si", "sí", "sì", "sim", "tak", "da",
)  # fmt: skip
DENIED = (
    "false", "f", "no", "n", "0", "0.0", "off", "denied", "deny", "disallow", "disallowed",
    "refuse", "refused", "reject", "rejected", "decline", "declined", "withdrawn", "withdraw",
    "revoked", "revoke", "withheld", "none", "never", "inactive", "disabled", "unsubscribed",
    "unsubscribe", "not subscribed", "not_subscribed", "cleaned", "bounced", "opt-out", "opt out",
    "optout", "opt_out", "opted out", "opted-out", "opted_out", "optedout", "hayır", "hayir",  # noqa: RUF001
    "onaysız",  # noqa: RUF001
    "izinsiz", "yok", "nein", "non", "não", "nao", "nee", "nie", "nu",
)  # fmt: skip


_INNER = ("value", "state", "status", "granted", "consent")  # of an object in place of a word


def consent_of(text: Column) -> Column:
    """Whether a text says that consent is granted; null if it says neither yes nor no.

    An object is read by its field value, state, status, granted or consent.
    """
    word = _word(text)
    return F.when(word.isin(*GRANTED), F.lit(True)).when(word.isin(*DENIED), F.lit(False))  # noqa: FBT003


def is_consent_unknown(text: Column) -> Column:
    """Whether a text says something about consent that is neither yes nor no."""
    is_stated = text.isNotNull() & ~_word(text).isin("", "null", "undefined")
    return is_stated & consent_of(text).isNull()


def _word(text: Column) -> Column:
    inner = F.coalesce(*[F.get_json_object(text, f"$.{name}") for name in _INNER], text)
    return F.lower(stripped(F.when(text.startswith("{"), inner).otherwise(text)))
