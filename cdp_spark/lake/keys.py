"""The secret that identifier tokens are made with."""

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path

from cdp_spark.lake.errors import ContractBroken
from cdp_spark.lake.filesystem import is_local, opened, read_text, write_text
from cdp_spark.lake.storage import version_of
from cdp_spark.tables.silver import SIGHTING

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


def key_of_lake(root: str, named: str, *, is_dry: bool) -> bytes:
    """The key of a lake's tokens, in CDP_KEY_FILE or the file named.

    Made where there is none, before the first sighting only: tokens of another key would never meet
    those that are there. A dry run makes no file; its key is of no use later.

    Raises:
        ContractBroken: there are sightings, and no key, or one that did not make them.
    """
    file = os.environ.get("CDP_KEY_FILE") or named
    has_tokens = version_of(root, SIGHTING) > 0
    try:
        key = identifier_key(file, may_make=not has_tokens and not is_dry)
    except FileNotFoundError as missing:
        if is_dry and not has_tokens and is_local(file):
            return passing_key()
        raise ContractBroken(
            f"{SIGHTING.name} holds tokens, but their key is not in {file}; "
            "bring the file back, or name it in CDP_KEY_FILE or project.key_file"
        ) from missing
    # Tokens of two keys would never meet: the key's mark stays beside the tables.
    mark = f"{root}/_keys/mark"
    known = read_text(mark)
    if has_tokens and known and known != mark_of(key):
        raise ContractBroken(
            f"{file}: not the key that {SIGHTING.name}'s tokens were made with; bring it back"
        )
    if known != mark_of(key) and not is_dry:
        write_text(mark, mark_of(key))
    return key
