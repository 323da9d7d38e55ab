"""The models of the folder `specs`, which is the registry."""

import pkgutil
from importlib import import_module

from cdp_spark.models import specs
from cdp_spark.models.spec import ModelSpec


def spec_names() -> tuple[str, ...]:
    """Names of all models, ascending: the files of `specs`, without importing them."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(specs.__path__)))


def spec_of(name: str) -> ModelSpec:
    """The model of a name.

    Raises:
        ModuleNotFoundError: there is no such file in `specs`.
    """
    found = import_module(f"{specs.__name__}.{name}").SPEC
    if not isinstance(found, ModelSpec) or found.name != name:
        raise TypeError(f"{specs.__name__}.{name}: SPEC must be a ModelSpec named {name!r}")
    return found
