"""An open customer data platform: a room turns frames into frames, and tables pass between rooms.

The path of an event reads from the folders: sources → bronze → silver → identity → gold →
features → models → audiences → activation, with reports, governance and simulation beside it.

In a notebook:

    from cdp_spark import open_lake

    open_lake(".lake/world").read("gold.customer")
"""

from typing import TYPE_CHECKING, Any

from cdp_spark.version import __version__

if TYPE_CHECKING:
    from cdp_spark.notebook import open_lake

__all__ = ["__version__", "open_lake"]


def __getattr__(name: str) -> Any:
    """`open_lake`, imported when it is first used: Spark takes a second to import."""
    if name == "open_lake":
        from cdp_spark.notebook import open_lake  # noqa: PLC0415 - see the docstring

        return open_lake
    raise AttributeError(f"module 'cdp_spark' has no attribute {name!r}")
