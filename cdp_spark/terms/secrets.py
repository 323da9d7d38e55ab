"""References to secrets, which stand in settings in place of the secrets themselves."""

import os
import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

REFERENCE = re.compile(r"\$\{(env|file):([^${}]+)\}")
_SHORTEST = 3  # replacing shorter ones would garble a message and hide nothing


class SecretMissing(Exception):
    """What a reference names is not there, or is empty."""


def _is_reference(text: str) -> str:
    if not REFERENCE.fullmatch(text):
        # A literal secret must not stand in the message: what was found is not shown.
        raise PydanticCustomError("literal_secret", "expected ${env:NAME} or ${file:PATH}")
    return text


Reference = Annotated[str, AfterValidator(_is_reference)]


def revealed(text: str) -> str:
    """The text with its references replaced by what they name; a file's last line break is none.

    Raises:
        SecretMissing: a variable or file is not there or empty; the message names it.
    """
    return REFERENCE.sub(lambda found: _secret(found[1], found[2]), text)


def _secret(kind: str, name: str) -> str:
    try:
        found = os.environ.get(name, "") if kind == "env" else Path(name).read_text().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as fault:
        raise SecretMissing(f"${{{kind}:{name}}}: can't be read") from fault
    if not found:
        raise SecretMissing(f"${{{kind}:{name}}}: not set")
    return found


def without(text: str, *secrets: str) -> str:
    """The text with each of the secrets blacked out."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "***") if len(secret) >= _SHORTEST else text
    return text
