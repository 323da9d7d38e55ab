"""Small files next to the tables: pages, leases, staging folders; local or remote."""

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
    """Replace a file; readers see the old or the new text, never a part.

    The last of several concurrent writers wins.
    """
    system, path = opened(uri)
    system.create_dir(path.rsplit("/", 1)[0], recursive=True)
    draft = f"{path}.{secrets.token_hex(4)}.part"
    with system.open_output_stream(draft) as out:
        out.write(text.encode())
    system.move(draft, path)


def read_text(uri: str) -> str:
    """The text of a file; empty if there is none."""
    system, path = opened(uri)
    if system.get_file_info(path).type == fs.FileType.NotFound:
        return ""
    with system.open_input_stream(path) as text:
        return bytes(text.read()).decode()


def remove_folder(uri: str) -> None:
    """Remove a folder with its contents, if there is one."""
    system, path = opened(uri)
    if system.get_file_info(path).type != fs.FileType.NotFound:
        system.delete_dir(path)


def folder_names(uri: str) -> list[str]:
    """Sorted names in a folder; empty if there is none."""
    system, path = opened(uri)
    found = system.get_file_info(fs.FileSelector(path, allow_not_found=True))
    return sorted(info.base_name for info in found)
