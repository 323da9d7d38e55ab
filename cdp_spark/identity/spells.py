"""Whose a shared device or a number that changed hands was, and from when to when.

An identifier seen with several people names none of them for ever, but at most moments somebody is
with it. Its events fall into sittings, parted by silence. In a sitting in which somebody says who
they are, every event is the nearest such person's. A sitting without is, of those who use the thing
by turns, the one's who is usually with it at that hour; else the one's who said so nearest to it,
before or after. Where more people were seen than share a thing at home, or it was silent for longer
than `recycle_after` until then, a sitting without is nobody's: an unknown customer's of its own.
"""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from cdp_spark.identity.blocks import SHARED
from cdp_spark.identity.contraction import Keep
from cdp_spark.identity.habits import habits_of, usual_person
from cdp_spark.identity.settings import SpellSettings
from cdp_spark.tables.identity import SPELL
from cdp_spark.terms.identifiers import IdentifierRule, by_kind

SAID, USUAL, CARRIED, UNKNOWN = "said", "usual", "carried", "unknown"
_PLACE = ("event_at", "event_key")
_DAY_SECONDS = 86_400


def shared_of(identifiers: DataFrame) -> DataFrame:
    """identifier_key of what people share or had one after the other."""
    return identifiers.where(F.col("role") == SHARED).select("identifier_key")


def named_people(groups: DataFrame, rules: tuple[IdentifierRule, ...]) -> DataFrame:
    """identifier_key and component of groups that hold more than devices: they say who it is."""
    devices = [rule.name for rule in rules if rule.is_device]
    named = groups.where(~F.col("kind").isin(devices)).select("component").distinct()
    return groups.join(named, on="component", how="left_semi").select("identifier_key", "component")


def sittings_of(
    sightings: DataFrame,
    shared: DataFrame,
    people: DataFrame,
    settings: SpellSettings,
    rules: tuple[IdentifierRule, ...],
) -> DataFrame:
    """What is shared as its events show it: one row per identifier and event.

    identifier_key, kind, event_key, event_at, `sitting`, the moment at which its sitting began, and
    person and anchor_key of who the event says it is, null where it does not. `shared` has the
    identifier_key of what changes hands; `people` identifier_key and component of all that say who
    it is, as `named_people` gives them. Only events that show something shared are looked at.
    """
    shown = sightings.join(shared, on="identifier_key", how="left_semi").select(
        "identifier_key", "kind", "event_key", "event_at"
    )
    told = _told(sightings, shown.select("event_key").distinct(), people, rules)
    return _sat(shown.join(told, on="event_key", how="left_outer"), settings)


def spells_of(
    sittings: DataFrame, settings: SpellSettings, rules: tuple[IdentifierRule, ...], keep: Keep
) -> DataFrame:
    """identity.spell rows: one per shared identifier and span; the spans of one leave no gap.

    `sittings` is read more than once: keep what `sittings_of` gives before.
    """
    return _spans(_owned(sittings, settings, rules, keep)).select(*SPELL.columns)


def _told(
    sightings: DataFrame,
    events: DataFrame,
    people: DataFrame,
    rules: tuple[IdentifierRule, ...],
) -> DataFrame:
    """event_key, person and anchor_key: who each event says it is, by its strongest identifier."""
    named = sightings.join(events, on="event_key", how="left_semi").join(
        people.select("identifier_key", F.col("component").alias("person")),
        on="identifier_key",
        how="inner",
    )
    rank = F.struct(by_kind(rules, "priority"), F.col("identifier_key"))
    return named.groupBy("event_key").agg(
        F.min_by("person", rank).alias("person"),
        F.min_by("identifier_key", rank).alias("anchor_key"),
    )


def _sat(events: DataFrame, settings: SpellSettings) -> DataFrame:
    """The events with `sitting`, the moment at which theirs began."""
    timeline = Window.partitionBy("identifier_key").orderBy(*_PLACE)
    before = F.lag("event_at").over(timeline)
    silence = F.col("event_at").cast("double") - before.cast("double")
    begins = before.isNull() | (silence > settings.silence_minutes * 60)
    begun = events.withColumn("begun", F.when(begins, F.col("event_at")))
    return begun.withColumn("sitting", F.max("begun").over(timeline)).drop("begun")


def _surrounded(events: DataFrame) -> DataFrame:
    """The events with what was said last until each and next from it on; in the sitting, and ever.

    The first two are `last` and `next`, the others `before` and `after`.
    """
    timeline = Window.partitionBy("identifier_key").orderBy(*_PLACE)
    # What comes next is looked for backwards: a frame that ends with the partition is read again
    # for each row.
    back = timeline.orderBy(*[F.col(name).desc() for name in _PLACE])
    until_now = (Window.unboundedPreceding, Window.currentRow)
    said = F.when(
        F.col("person").isNotNull(),
        F.struct("person", "anchor_key", F.col("event_at").alias("at"), "sitting"),
    )
    seen = events.withColumn("said", said).select(
        "*",
        F.last("said", ignorenulls=True).over(timeline.rowsBetween(*until_now)).alias("before"),
        F.last("said", ignorenulls=True).over(back.rowsBetween(*until_now)).alias("after"),
    )
    in_sitting = {
        name: F.when(F.col(side)["sitting"] == F.col("sitting"), F.col(side))
        for name, side in (("last", "before"), ("next", "after"))
    }
    return seen.withColumns(in_sitting)


def _owned(
    events: DataFrame, settings: SpellSettings, rules: tuple[IdentifierRule, ...], keep: Keep
) -> DataFrame:
    """The events with person and anchor_key, how they are known, and the sitting of nobody's."""
    company = events.groupBy("identifier_key").agg(F.count_distinct("person").alias("people"))
    company = keep("company", company)
    homes = company.where(F.col("people").between(2, settings.most_people))
    at_home = events.where(F.col("person").isNotNull()).join(
        homes, on="identifier_key", how="left_semi"
    )
    seen = _surrounded(events.join(company, on="identifier_key", how="inner"))
    told = seen.join(habits_of(at_home, keep), on="identifier_key", how="left_outer")

    in_sitting = F.when(_is_nearer("next", "last"), F.col("next")).otherwise(F.col("last"))
    is_said = F.col("last").isNotNull() | F.col("next").isNotNull()
    carried = _nearer_to_sitting()
    is_home = F.col("people").between(1, settings.most_people)
    is_carried = ~is_said & is_home & _is_recent(carried, rules)
    had_it = F.coalesce("before", "after")
    usual = F.when(is_carried, usual_person(F.col("habits"), F.col("sitting"), had_it))
    basis = F.when(is_said, SAID).when(F.col("usual").isNotNull(), USUAL)
    basis = basis.when(is_carried, CARRIED).otherwise(UNKNOWN)
    owner = [
        F.when(is_said, in_sitting[name])
        .when(is_carried, F.coalesce(F.col("usual")[name], carried[name]))
        .alias(name)
        for name in ("person", "anchor_key")
    ]
    return told.withColumn("usual", usual).select(
        "identifier_key", "kind", "event_key", "event_at", *owner,
        basis.alias("basis"),
        F.when(~is_said & ~is_carried, F.col("sitting")).alias("unknown_since"),
    )  # fmt: skip


def _nearer_to_sitting() -> Column:
    """What was said before or after a sitting without, whichever is nearer to its beginning.

    What changed hands once did so somewhere between the two: the one who had it until then and the
    one who has it from then on are as likely, but for the time that passed.
    """
    since = F.col("sitting").cast("double") - F.col("before")["at"].cast("double")
    until = F.col("after")["at"].cast("double") - F.col("sitting").cast("double")
    is_after = F.col("before").isNull() | F.coalesce(until < since, F.lit(False))  # noqa: FBT003 - a literal column
    return F.when(is_after, F.col("after")).otherwise(F.col("before"))


def _is_recent(said: Column, rules: tuple[IdentifierRule, ...]) -> Column:
    """Whether what was said is not so long ago, or ahead, that the thing may have changed hands."""
    days = {rule.name: rule.recycle_days for rule in rules if rule.recycle_days}
    away = F.abs(said["at"].cast("double") - F.col("event_at").cast("double"))
    is_long = F.lit(False)  # noqa: FBT003 - a literal column
    for kind, most in days.items():
        is_long = is_long | ((F.col("kind") == kind) & (away > most * _DAY_SECONDS))
    return ~is_long


def _is_nearer(one: str, other: str) -> Column:
    """Whether the moment of one is there and nearer than that of the other, if there is one."""
    now = F.col("event_at").cast("double")
    distance = {name: F.abs(F.col(name)["at"].cast("double") - now) for name in (one, other)}
    return F.col(other).isNull() | F.coalesce(distance[one] < distance[other], F.lit(False))  # noqa: FBT003 - a literal column


def _spans(events: DataFrame) -> DataFrame:
    """Runs of events of one owner as spans, each until the next begins."""
    timeline = Window.partitionBy("identifier_key").orderBy(*_PLACE)
    who = F.struct("person", "unknown_since")
    before = F.lag(who).over(timeline)
    is_first = F.row_number().over(timeline) == 1
    begins = F.when(is_first | ~who.eqNullSafe(before), F.col("event_at"))
    runs = events.withColumn("number", F.count(begins).over(timeline))
    spans = runs.groupBy("identifier_key", "kind", "number").agg(
        F.min("event_at").alias("valid_from"),
        F.max("event_at").alias("last_seen_at"),
        F.min("anchor_key").alias("anchor_key"),
        F.min_by("event_key", F.struct(*_PLACE)).alias("first_event_key"),
        F.count("*").alias("event_count"),
        _strongest_basis().alias("basis"),
    )
    following = Window.partitionBy("identifier_key").orderBy("number")
    ended = spans.withColumn("valid_to", F.lead("valid_from").over(following))
    # Of two people at one moment the later one in the order of keys has it.
    return ended.where(F.col("valid_to").isNull() | (F.col("valid_to") > F.col("valid_from")))


def _strongest_basis() -> Column:
    strongest = F.lit(UNKNOWN)
    for basis in (CARRIED, USUAL, SAID):
        strongest = F.when(F.bool_or(F.col("basis") == basis), basis).otherwise(strongest)
    return strongest
