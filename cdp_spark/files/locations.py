"""Where a path or URI leads: a file system, and a path within it."""

from pathlib import Path

from pyarrow import fs

_LOCAL = "file://"


def opened(uri: str) -> tuple[fs.FileSystem, str]:
    """The file system of a path or URI, and the path within it."""
    if is_local(uri):  # not opened as a URI: pyarrow rejects blanks in one
        return fs.LocalFileSystem(), str(Path(uri.removeprefix(_LOCAL)).absolute())
    system, path = fs.FileSystem.from_uri(uri.replace("s3a://", "s3://", 1))
    return system, path


def is_local(uri: str) -> bool:
    """Whether a path is on this machine's own disk."""
    return "://" not in uri or uri.startswith(_LOCAL)


def as_uri(uri: str) -> str:
    """The same place as a URI, for Spark: without a scheme it takes the cluster's default one."""
    return uri if "://" in uri else Path(uri).absolute().as_uri()
