"""Small files beside the tables: pages, leases, staging folders; local or remote."""

import secrets
from pathlib import Path

from pyarrow import fs


def opened(uri: str) -> tuple[fs.FileSystem, str]:
    """The file system of a path or URI, and the path within it."""
    if is_local(uri):
        return fs.LocalFileSystem(), str(Path(uri.removeprefix("file://")).absolute())
    system, path = fs.FileSystem.from_uri(uri.replace("s3a://", "s3://", 1))
    return system, path


def is_local(uri: str) -> bool:
    """Whether a path is on this machine's own disk."""
    return "://" not in uri or uri.startswith("file://")


def write_text(uri: str, text: str) -> None:
    """Replace a file: readers see the old one or the new one, never a part.

    Of several writers at once the last one's text stays.
    """
    system, path = opened(uri)
    system.create_dir(path.rsplit("/", 1)[0], recursive=True)
    draft = f"{path}.{secrets.token_hex(4)}.part"
    with system.open_output_stream(draft) as out:
        out.write(text.encode())
    system.move(draft, path)


def read_text(uri: str) -> str:
    """What a file says; nothing where there is none."""
    system, path = opened(uri)
    if system.get_file_info(path).type == fs.FileType.NotFound:
        return ""
    with system.open_input_stream(path) as text:
        return bytes(text.read()).decode()


def remove_folder(uri: str) -> None:
    """Remove a folder and all below it; nothing happens where there is none."""
    system, path = opened(uri)
    if system.get_file_info(path).type != fs.FileType.NotFound:
        system.delete_dir(path)


def folder_names(uri: str) -> list[str]:
    """Names of what a folder holds, sorted; none where there is no folder."""
    system, path = opened(uri)
    found = system.get_file_info(fs.FileSelector(path, allow_not_found=True))
    return sorted(info.base_name for info in found)
