"""Kinds of destination, one file each, with its `DESTINATION`.

The folder is the registry: a new kind is a new file, and deleting a file deletes the kind.
"""

import pkgutil
from functools import cache
from importlib import import_module

from cdp_spark.activation.destination import Destination


@cache
def destination_kinds() -> tuple[str, ...]:
    """Names of all kinds, sorted."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


def destination_of(kind: str) -> Destination:
    """The destination of a kind."""
    found = import_module(f"{__name__}.{kind}").DESTINATION
    if not isinstance(found, Destination):
        raise TypeError(f"{__name__}.{kind}: expected DESTINATION to be a Destination")
    return found
