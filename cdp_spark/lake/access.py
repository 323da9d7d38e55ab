"""Whether a lake can be written."""

import tempfile
from pathlib import Path

from cdp_spark.files.locations import is_local, opened
from cdp_spark.lake.errors import LakeNotWritable


def require_writable(root: str) -> None:
    """Create the folder of a lake on this machine, and a file in it for a moment.

    A dry run needs it too: results that are used twice are stored while it runs.

    Raises:
        LakeNotWritable: the folder can't be created or written.
    """
    if not is_local(root):
        return
    folder = Path(opened(root)[1])
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise LakeNotWritable(
            f"{folder}: the lake can't be written: {error.strerror}; give this user write "
            "permission, or name another folder in project.lake or by --lake"
        ) from error
