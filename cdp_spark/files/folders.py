"""Folders: the files in them, and their removal."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from pyarrow import fs

from cdp_spark.files.locations import opened


@dataclass(frozen=True)
class File:
    """A file as a listing shows it; `name` is its path below the listed folder."""

    name: str
    uri: str
    size_bytes: int
    modified_at: datetime | None


def is_folder(uri: str) -> bool:
    """Whether there is a folder at this place."""
    system, path = opened(uri)
    return bool(system.get_file_info(path).type == fs.FileType.Directory)


def folder_names(uri: str) -> list[str]:
    """Sorted names in a folder; empty if there is none."""
    system, path = opened(uri)
    found = system.get_file_info(fs.FileSelector(path, allow_not_found=True))
    return sorted(info.base_name for info in found)


def files_in(uri: str, *, is_recursive: bool = False) -> Iterator[File]:
    """The files in a folder, sorted by path; none if there is no folder.

    `is_recursive` adds those in its sub-folders.
    """
    system, path = opened(uri)
    selector = fs.FileSelector(path, recursive=is_recursive, allow_not_found=True)
    prefix = uri.rstrip("/").removesuffix(path) if uri.rstrip("/").endswith(path) else ""
    for info in sorted(system.get_file_info(selector), key=lambda info: str(info.path)):
        if info.type == fs.FileType.File:
            name = info.path[len(path) :].lstrip("/")
            yield File(name, prefix + info.path, info.size, info.mtime)


def remove_folder(uri: str) -> None:
    """Remove a folder with its contents, if there is one."""
    system, path = opened(uri)
    if system.get_file_info(path).type != fs.FileType.NotFound:
        system.delete_dir(path)


def create_folder(uri: str) -> None:
    """Create a folder and its parents, if they do not exist."""
    system, path = opened(uri)
    system.create_dir(path, recursive=True)


def move_file(source: str, target: str) -> None:
    """Rename a file within its file system; an existing target is replaced."""
    system, path = opened(source)
    system.move(path, opened(target)[1])
