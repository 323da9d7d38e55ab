"""Which code made a row: what other code left is not built on."""

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

__version__ = "0.1.0"


def code_version(job: Path | None = None) -> str:
    """The package's version and twelve hexadecimal digits of its code, a job's file included."""
    told = hashlib.sha256(_package_digest())
    told.update(job.read_bytes() if job else b"")
    return f"{__version__}+{told.hexdigest()[:12]}"


def digest_of(folder: Traversable) -> bytes:
    """SHA-256 of the names and texts of all Python files below a folder."""
    told = hashlib.sha256()
    for text in _sources(folder):
        told.update(text)
    return told.digest()


@cache
def _package_digest() -> bytes:
    return digest_of(files("cdp_spark"))  # which may be within a zip


def _sources(folder: Traversable) -> Iterator[bytes]:
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        if entry.is_dir():
            yield from _sources(entry)
        elif entry.name.endswith(".py"):
            yield f"{entry.name}\n".encode() + entry.read_bytes()
