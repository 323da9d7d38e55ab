"""Delivered lines of the simulated events, with late, duplicate and broken ones."""

from datetime import date, timedelta

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.simulation.draws import uniform, whole_number
from cdp_spark.simulation.events import events_of
from cdp_spark.simulation.lines import line_of
from cdp_spark.simulation.people import people_of
from cdp_spark.simulation.settings import WorldSettings
from cdp_spark.simulation.visits import DAY_SECONDS, start_second, visits_of

_DAY_MS = DAY_SECONDS * 1000
_LATEST_DAYS = 30
_TRANSPORT_MS = 5_000
_BROKEN_KINDS = 6
_CUT_AT = 120  # characters; every line is longer


def deliveries_of(spark: SparkSession, settings: WorldSettings) -> DataFrame:
    """The delivered lines of a world, one row per delivered line.

    An event delivered twice has two rows, which differ in `receivedAt` only. Lines after the last
    day are left out. The session's time zone must be UTC.

    Returns:
        delivery_on (DATE, the day the line reaches the landing folder), event_id and person_id
        (STRING, the truth; both NULL for a broken line), line (STRING, one JSON object).
    """
    return deliveries_by(people_of(spark, settings), settings)


def deliveries_by(people: DataFrame, settings: WorldSettings) -> DataFrame:
    """The delivered lines of these people, with the columns of deliveries_of."""
    events = events_of(visits_of(people, settings), settings)
    copies = events.withColumn("sent_ms", _sent_ms(settings)).withColumn(
        "copy_ms", F.explode(_copies(settings))
    )
    received = copies.withColumn("received_ms", _received_ms(settings))
    last_ms = (start_second(settings) + settings.days * DAY_SECONDS) * 1000
    delivered = received.where(F.col("received_ms") < last_ms)
    is_broken = _draw(settings, "broken", F.col("copy_ms")) < settings.hazards.broken
    lines = delivered.select(
        F.date_add(F.lit(settings.start_on), _day(settings)).alias("delivery_on"),
        "event_id",
        "person_id",
        line_of(settings).alias("line"),
        is_broken.alias("is_broken"),
        whole_number(_draw(settings, "break"), _BROKEN_KINDS).alias("break_kind"),
    )
    is_whole = ~F.col("is_broken")
    return lines.select(
        "delivery_on",
        F.when(is_whole, F.col("event_id")).alias("event_id"),
        F.when(is_whole, F.col("person_id")).alias("person_id"),
        F.when(is_whole, F.col("line"))
        .otherwise(broken_line(F.col("line"), F.col("break_kind")))
        .alias("line"),
    )


def truth_of(deliveries: DataFrame) -> DataFrame:
    """The person behind each event, one row per event_id; broken lines have none."""
    return (
        deliveries.where(F.col("event_id").isNotNull())
        .groupBy("event_id")
        .agg(F.min("person_id").alias("person_id"))
    )


def broken_line(line: Column, kind: Column) -> Column:
    """The line after an accident; no kind is a valid event.

    Kinds: 0 truncated, 1 an error page, 2 an invalid timestamp, 3 the year 20000, 4 without id, 5 a
    number in place of the call's type.
    """
    moment = '"(timestamp|originalTimestamp)":"[^"]*"'
    accidents = (
        F.substring(line, 1, _CUT_AT),
        F.lit("<html>502 Bad Gateway</html>"),
        F.regexp_replace(line, moment, '"$1":"yesterday"'),
        F.regexp_replace(line, moment, '"$1":"20000-01-01T00:00:00.000Z"'),
        F.regexp_replace(line, '"messageId":"[^"]*",', ""),
        F.regexp_replace(line, '"type":"[a-z]+"', '"type":42'),
    )
    cases = [F.when(kind == number, accident) for number, accident in enumerate(accidents)]
    return F.coalesce(*cases)


def first_daily_on(settings: WorldSettings) -> date:
    """The first day to deliver one day at a time; earlier days are delivered together."""
    return settings.start_on + timedelta(days=settings.days - settings.daily_days)


def _draw(settings: WorldSettings, label: str, *more: Column) -> Column:
    return uniform(settings.seed, label, F.col("event_id"), *more)


def _sent_ms(settings: WorldSettings) -> Column:
    """When the device sent the event: at once, or up to 29 days later, mostly a few."""
    is_late = _draw(settings, "late") < settings.hazards.late
    delay_ms = (F.pow(_draw(settings, "how late"), F.lit(2.0)) * 28 + 1) * _DAY_MS
    late_ms = F.when(is_late, F.floor(delay_ms)).otherwise(0)
    return F.col("happened_ms") + 500 + late_ms


def _copies(settings: WorldSettings) -> Column:
    """The delay of each copy after the first; half of the second copies come at once."""
    is_twice = _draw(settings, "twice") < settings.hazards.duplicate
    room_ms = F.col("happened_ms") + _LATEST_DAYS * _DAY_MS - F.col("sent_ms") - _TRANSPORT_MS
    week_ms = F.least(room_ms, F.lit(7 * _DAY_MS))
    later = F.floor(F.greatest(_draw(settings, "again") * 2 - 1, F.lit(0.0)) * week_ms)
    first = F.lit(0).cast("bigint")
    return F.when(is_twice, F.array(first, later)).otherwise(F.array(first))


def _received_ms(settings: WorldSettings) -> Column:
    transport = whole_number(_draw(settings, "transport"), _TRANSPORT_MS)
    return F.col("sent_ms") + transport + F.col("copy_ms")


def _day(settings: WorldSettings) -> Column:
    start_ms = start_second(settings) * 1000
    return F.floor((F.col("received_ms") - start_ms) / _DAY_MS).cast("int")
