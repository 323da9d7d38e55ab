"""The secret key of identifier tokens."""

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path

from cdp_spark.files.content import read_text, write_text
from cdp_spark.files.locations import is_local, opened
from cdp_spark.lake.errors import ContractBroken
from cdp_spark.lake.storage import version_of
from cdp_spark.tables.silver import SIGHTING

_BYTES = 32


def identifier_key(uri: str, *, may_make: bool) -> bytes:
    """The key in a file; a missing local file may be created, readable by its owner only.

    Raises:
        FileNotFoundError: the file is missing, and is remote or may not be created.
    """
    if may_make and is_local(uri):
        _make(Path(opened(uri)[1]))
    system, path = opened(uri)
    with system.open_input_stream(path) as stream:
        return bytes(stream.read())


def key_mark(key: bytes) -> str:
    """An HMAC of a fixed text that identifies a key without revealing it."""
    return hmac.new(key, b"the key of these tokens", hashlib.sha256).hexdigest()[:16]


def random_key() -> bytes:
    """A new random key."""
    return secrets.token_bytes(_BYTES)


def _make(path: Path) -> None:
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Written under another name first, because a link appears atomically and never overwrites.
    draft = path.with_suffix(f".{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(random_key())
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()


def key_of_lake(root: str, named: str, *, is_dry: bool) -> bytes:
    """The key of a lake's tokens, from CDP_KEY_FILE or the configured file.

    A missing key is created only before the first sighting, because tokens of two keys never match.
    A dry run creates no file and uses a random key.

    Raises:
        ContractBroken: there are sightings, but no key, or not the one of their tokens.
    """
    file = os.environ.get("CDP_KEY_FILE") or named
    has_tokens = version_of(root, SIGHTING) > 0
    try:
        key = identifier_key(file, may_make=not has_tokens and not is_dry)
    except FileNotFoundError as missing:
        if is_dry and not has_tokens and is_local(file):
            return random_key()
        raise ContractBroken(
            f"{SIGHTING.name} holds tokens, but their key is not in {file}; "
            "restore the file, or set CDP_KEY_FILE or project.key_file to its path"
        ) from missing
    # Tokens of two keys never match, so a mark that identifies the key is stored with the tables.
    mark = f"{root}/_keys/mark"
    known = read_text(mark)
    if has_tokens and known and known != key_mark(key):
        raise ContractBroken(
            f"{file}: not the key of the tokens in {SIGHTING.name}; restore that key"
        )
    if known != key_mark(key) and not is_dry:
        write_text(mark, key_mark(key))
    return key
