"""Spellings by the rules of conf."""

from collections.abc import Mapping

from cdp_spark.settings import load
from cdp_spark.silver.spelling import Spellings
from tests.conftest import PROJECT


def spellings(
    country: str = "",
    countries: Mapping[str, str] | None = None,
    namespaces: Mapping[str, Mapping[str, str]] | None = None,
) -> Spellings:
    """The spellings of conf's rules, with the given countries and namespaces."""
    rules = load(PROJECT / "conf").identity.rules
    return Spellings(rules, country, countries or {}, namespaces or {})
