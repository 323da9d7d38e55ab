"""The secret that identifier tokens are made with."""

import os
import secrets
from pathlib import Path

from cdp_spark.lake.filesystem import is_local, opened

_BYTES = 32


def identifier_key(uri: str) -> bytes:
    """The key in a file; on this machine one is made where there is none, for its owner only.

    Raises:
        FileNotFoundError: the file is elsewhere and not there.
    """
    if is_local(uri):
        _make(Path(uri.removeprefix("file://")))
    system, path = opened(uri)
    with system.open_input_stream(path) as stream:
        return bytes(stream.read())


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_bytes(_BYTES))
