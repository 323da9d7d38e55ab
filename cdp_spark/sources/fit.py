"""Whether the settings of a source fit its format."""

import difflib
from collections.abc import Iterator, Sequence

from cdp_spark.sources import known_formats
from cdp_spark.sources.columns import folded
from cdp_spark.sources.layouts import unfit_options
from cdp_spark.sources.settings import SourceSettings

# Settings of a source that only some formats use.
_OF_SOME_FORMATS = {
    "event", "events", "event_id", "columns", "identifiers", "consent", "on_missing_column",
    "delivery", "key", "left", "currency",
}  # fmt: skip
_NEAR = 0.5


def unfit_settings(source: SourceSettings, kinds: Sequence[str]) -> Iterator[str]:
    """Messages about settings that the source's format ignores, and unknown identifiers.

    `kinds` are those of conf/identity.yaml.
    """
    form = known_formats()[source.format]
    for fault in unfit_options(form.layout, source.reading, form.value_options):
        yield f"reading.{fault}"
    used = ", ".join(form.settings) or "none"
    for name in sorted(source.model_fields_set & _OF_SOME_FORMATS - {*form.settings}):
        yield f"{name}: has no effect on format {form.name}; remove it (used: {used})"
    spelt: dict[str, list[str]] = {}
    for name in source.mapped_columns:
        spelt.setdefault(folded(name), []).append(name)
    for names in spelt.values():
        if len(names) > 1:
            yield f"columns: {' and '.join(names)} name one column; use one spelling everywhere"
    for kind in sorted({*source.identifiers} - {*kinds}):
        near = difflib.get_close_matches(kind, kinds, n=1, cutoff=_NEAR)
        wanted = near[0] if near else f"one of {', '.join(kinds)}"
        yield (
            f"identifiers: expected a kind of conf/identity.yaml, such as {wanted}, found {kind!r}"
        )
