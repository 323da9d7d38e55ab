"""Tables in files or databases: each row is an event, mapped by `columns` in conf/sources.yaml.

A column may be a path into nested objects, such as `device.id`; a column with exactly this name
takes precedence if it has a value. Without `event_at`, the time of an event is that of the delivery
of its file. A column that is mapped as the identifier email or phone also fills that field. Columns
that are not mapped are in `properties`.
"""

from functools import partial, reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.sources import Format
from cdp_spark.sources.cells import day_in, first_of, is_filled, moment_in, number_in, trimmed
from cdp_spark.sources.parsed import (
    MONEY,
    PARSED,
    Rejections,
    first_rejection,
    identifier,
    is_given,
    present_identifiers,
    time_rejections,
    time_warning,
    value_at,
    warnings_of,
)
from cdp_spark.sources.reader import BROKEN_ROW, LEFT, ROW_DETAIL
from cdp_spark.sources.reading import VALUE_OPTIONS
from cdp_spark.sources.settings import SourceSettings
from cdp_spark.tables.silver import PRODUCT
from cdp_spark.values.consent import consent_of, is_consent_unknown
from cdp_spark.values.number import currency_in
from cdp_spark.values.token import hashed

_COPIED = ("account_id", "order_id", "campaign", "first_name", "last_name", "city", "country")
_CONTACTS = ("email", "phone")
_PRODUCT_FIELDS = {"name": "product_name"}
_SHEETS = ("csv", "fixed", "excel")  # people add totals and notes below such tables
_TOTALS = (
    "total", "totals", "grand total", "subtotal", "sum", "toplam", "genel toplam", "ara toplam",
    "summe", "gesamt", "gesamtsumme", "total général", "somme", "suma", "total general", "totale",
    "المجموع", "الإجمالي", "合计", "总计", "小计",
)  # fmt: skip


def parsed(records: DataFrame, source: SourceSettings) -> DataFrame:
    """The records with `PARSED` columns; `reason` is set if a row is rejected."""
    found = records.withColumns(_columns(source))
    reason, detail = first_rejection(_rejections(source))
    if source.format in _SHEETS:
        # The row did not fit its file when it was read.
        broken = value_at(f"${_key(BROKEN_ROW)}")
        reason = F.coalesce(broken, reason)
        detail = F.when(broken.isNotNull(), value_at(f"${_key(ROW_DETAIL)}")).otherwise(detail)
    return found.withColumns({"reason": reason, "detail": detail}).select(
        *records.columns, *[F.col(name).cast(kind).alias(name) for name, kind in PARSED.items()]
    )


def _cell(source: SourceSettings, name: str) -> Column:
    if name not in source.columns:
        return F.lit(None).cast("string")
    return _column(source.columns[name])


def _column(name: str) -> Column:
    own = value_at(f"${_key(name)}")
    parts = name.split(".")
    if len(parts) == 1 or not all(parts):
        return own
    nested = reduce(str.__add__, map(_key, parts), "$")
    return F.coalesce(own, value_at(nested))


def _key(name: str) -> str:
    """A step of a VARIANT path; the settings allow no name with both kinds of quotes."""
    quote = '"' if "'" in name else "'"
    return f"[{quote}{name}{quote}]"


def _moment(source: SourceSettings, name: str) -> Column:
    return moment_in(_cell(source, name), source.reading, is_sheet=source.format == "excel")


def _event_at(source: SourceSettings) -> Column:
    return _moment(source, "event_at") if "event_at" in source.columns else F.col("delivered_at")


def _columns(source: SourceSettings) -> dict[str, Column]:
    event_at, cell = _event_at(source), partial(_cell, source)
    is_left = _is_left(source)
    columns = {
        "event_id": _event_id(source),
        "type": F.lit("identify" if source.key else "track"),
        "name": _name(source, is_left),
        "account_id": F.lit(None),
        "event_at": event_at,
        "available_at": F.coalesce(_moment(source, "received_at"), event_at),
        "amount": _number(source, "amount", MONEY),
        "currency": _currency(source),
        "warnings": warnings_of(_warnings(source)),
        "birth_on": day_in(cell("birth_on"), source.reading, is_sheet=source.format == "excel"),
        "products": _products(source),
        "consent": _consent(source),
        "properties": value_at("$", "variant"),
        "traits": F.lit(None),
        "context": F.lit(None),
        "identifiers": present_identifiers(
            [identifier(kind, _column(name)) for kind, name in source.identifiers.items()]
        ),
        **{name: cell(name) for name in _COPIED},
        **{name: _contact(source, name) for name in _CONTACTS},
    }
    if not source.key:
        return columns
    # A row that left names its person; its values are no newer than when they were delivered.
    values = {*_COPIED, *_CONTACTS, "amount", "birth_on", "products", "consent", "warnings"}
    return {
        name: F.when(~is_left, value) if name in values else value
        for name, value in columns.items()
    }


def _is_left(source: SourceSettings) -> Column:
    return value_at(f"${_key(LEFT)}").isNotNull() if source.key else F.lit(False)  # noqa: FBT003


def _event_id(source: SourceSettings) -> Column:
    if source.event_id == "derived" or source.key:
        return hashed(F.to_json(value_at("$", "variant")))
    return _cell(source, "event_id")


def _name(source: SourceSettings, is_left: Column) -> Column:
    name: Column = F.lit(source.event)
    if "event" in source.columns:
        given = trimmed(_cell(source, "event"))
        known = F.lit(None).cast("string")
        for value, event in source.events.items():
            known = F.when(F.lower(given) == value.strip().lower(), event).otherwise(known)
        name = F.coalesce(known, F.when(is_filled(given), given), name)
    return F.when(is_left, source.left).otherwise(name) if source.key else name


def _number(source: SourceSettings, name: str, kind: str) -> Column:
    if name not in source.columns:
        return F.lit(None).cast(kind)
    return number_in(_cell(source, name), source.reading, kind)


def _currency(source: SourceSettings) -> Column:
    """The currency in its column; else the one beside the amount; else the source's."""
    own = [_filled(_cell(source, "currency"))] if "currency" in source.columns else []
    if "amount" not in source.columns:
        return first_of(own)
    amount = _cell(source, "amount")
    usual = [F.when(is_filled(amount), source.currency)] if source.currency else []
    return first_of([*own, currency_in(amount), *usual])


def _filled(text: Column) -> Column:
    return F.when(is_filled(text), trimmed(text))


def _contact(source: SourceSettings, name: str) -> Column:
    own = [_cell(source, name)] if name in source.columns else []
    mapped = source.identifiers.get(name)
    return first_of([_filled(one) for one in [*own, *([_column(mapped)] if mapped else [])]])


def _consent(source: SourceSettings) -> Column:
    """Purpose → granted; a word that is neither yes nor no withholds."""
    if not source.consent:
        return F.lit(None)
    entries = []
    for purpose, column in source.consent.items():
        text = _column(column)
        granted = F.coalesce(consent_of(text), F.when(is_consent_unknown(text), F.lit(False)))  # noqa: FBT003
        entries.append(
            F.when(
                granted.isNotNull(), F.struct(F.lit(purpose).alias("key"), granted.alias("value"))
            )
        )
    kind = "array<struct<key:string,value:boolean>>"
    given = F.array_except(F.array(*entries).cast(kind), F.array(F.lit(None)).cast(kind))
    return F.when(F.size(given) > 0, F.map_from_entries(given))


def _warnings(source: SourceSettings) -> list[tuple[str, str, Column]]:
    columns = source.columns
    found = []
    for name in ("amount", "price", "quantity"):
        if name in columns:
            text = _cell(source, name)
            is_number = _number(source, name, MONEY).isNotNull()
            found.append((f"unreadable_{name}", columns[name], is_given(text) & ~is_number))
    for name in ("received_at", "birth_on"):
        if name in columns:
            text, moment = _cell(source, name), _moment(source, name)
            found.append(time_warning(columns[name], text, moment))
    return found + [
        ("unknown_consent", column, is_consent_unknown(_column(column)))
        for column in source.consent.values()
    ]


def _products(source: SourceSettings) -> Column:
    fields = [
        _product_value(source, _PRODUCT_FIELDS.get(one.name, one.name), one.dataType.simpleString())
        .alias(one.name)
        for one in PRODUCT
    ]  # fmt: skip
    has_product = _cell(source, "product_id").isNotNull()
    return F.when(has_product, F.array(F.struct(*fields)))


def _product_value(source: SourceSettings, name: str, kind: str) -> Column:
    return _cell(source, name) if kind == "string" else _number(source, name, kind)


def _rejections(source: SourceSettings) -> Rejections:
    columns = source.columns
    is_missing_id = F.col("event_id").isNull() | (F.col("event_id") == "")
    found = {
        "missing_id": (is_missing_id, columns.get("event_id", "no column for event_id")),
        **time_rejections(columns.get("event_at", "when the file was delivered")),
    }
    if source.format not in _SHEETS:
        return found
    return {"too_few_values": (_is_footer(source), "fewer than half of the columns")} | found


def _is_footer(source: SourceSettings) -> Column:
    """Whether a row is a total or a note below a table rather than a row of it.

    It names no one, has fewer than half of the mapped values, and no time; if no row has one, a
    word for a total. Such a word names no one, also in a column of ids: totals begin their row.
    """
    mapped = source.mapped_columns
    filled = {name: is_filled(_column(name)) for name in mapped}
    count = reduce(Column.__add__, [one.cast("int") for one in filled.values()], F.lit(0))
    totals = {name: F.lower(trimmed(_column(name))).isin(*_TOTALS) for name in mapped}
    people = [filled[name] & ~totals[name] for name in source.identifiers.values()]
    names_nobody = ~reduce(Column.__or__, people, F.lit(False))  # noqa: FBT003
    is_sparse = (count * 2 < len(mapped)) & names_nobody
    if "event_at" in source.columns:
        return is_sparse & ~filled[source.columns["event_at"]]
    is_total = reduce(Column.__or__, totals.values(), F.lit(False))  # noqa: FBT003
    return is_sparse & F.coalesce(is_total, F.lit(False))  # noqa: FBT003


_SETTINGS = (
    "event", "events", "event_id", "columns", "identifiers", "consent", "on_missing_column",
    "delivery", "key", "left", "currency",
)  # fmt: skip
_LAYOUTS = {
    "json": "lines", "json_document": "json", "csv": "csv", "fixed": "fixed", "excel": "excel",
    "xml": "xml", "parquet": "parquet", "avro": "avro", "orc": "orc", "table": "rows",
}  # fmt: skip


FORMATS = tuple(
    Format(name, layout, parsed, settings=_SETTINGS, value_options=VALUE_OPTIONS)  # type: ignore[arg-type]
    for name, layout in _LAYOUTS.items()
)
