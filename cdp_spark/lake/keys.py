"""The secret that identifier tokens are made with."""

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path

from cdp_spark.lake.filesystem import is_local, opened

_BYTES = 32


def identifier_key(uri: str, *, may_make: bool) -> bytes:
    """The key in a file; on this machine one may be made where there is none, for its owner only.

    Raises:
        FileNotFoundError: the file is not there, and is elsewhere or may not be made.
    """
    if may_make and is_local(uri):
        _make(Path(opened(uri)[1]))
    system, path = opened(uri)
    with system.open_input_stream(path) as stream:
        return bytes(stream.read())


def mark_of(key: bytes) -> str:
    """What tells a key from others and does not give it away: an HMAC of a fixed word."""
    return hmac.new(key, b"the key of these tokens", hashlib.sha256).hexdigest()[:16]


def passing_key() -> bytes:
    """A key that is kept nowhere."""
    return secrets.token_bytes(_BYTES)


def _make(path: Path) -> None:
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Written whole under another name first: a link appears at once and only where none is.
    draft = path.with_suffix(f".{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(passing_key())
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
