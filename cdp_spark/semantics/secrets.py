"""References to secrets: settings hold these instead of the secrets."""

import os
import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

REFERENCE = re.compile(r"\$\{(env|file):([^${}]+)\}")
_SHORTEST = 3  # replacing shorter ones would garble a message and hide nothing


class SecretMissing(Exception):
    """The variable or file of a reference is missing or empty."""


def _is_reference(text: str) -> str:
    if not REFERENCE.fullmatch(text):
        # The message must not show the value: it may be a secret.
        raise PydanticCustomError("literal_secret", "expected ${env:NAME} or ${file:PATH}")
    return text


Reference = Annotated[str, AfterValidator(_is_reference)]


def revealed(text: str) -> str:
    """The text with its references replaced by their values; a file's last line break is dropped.

    Raises:
        SecretMissing: a variable or file is missing or empty; the message names it.
    """
    return REFERENCE.sub(lambda found: _secret(found[1], found[2]), text)


def _secret(kind: str, name: str) -> str:
    try:
        found = os.environ.get(name, "") if kind == "env" else Path(name).read_text().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as fault:
        raise SecretMissing(
            f"${{{kind}:{name}}}: can't be read; check that the file exists and is UTF-8 text"
        ) from fault
    if not found:
        raise SecretMissing(f"${{{kind}:{name}}}: not set; give it a value")
    return found


def without(text: str, *secrets: str) -> str:
    """The text with each of the secrets replaced by ***."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "***") if len(secret) >= _SHORTEST else text
    return text
