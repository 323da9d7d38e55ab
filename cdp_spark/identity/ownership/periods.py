"""Who used a shared device or a number that changed hands, and from when to when.

An identifier seen with several people belongs to none of them for good, but to one at a time. Its
events form sessions, separated by silence. In a session with logins, each event belongs to the
person with the nearest login in it. A session without a login belongs to the person who usually
uses the device at that hour, where people alternate on it; else to the person with the nearest
login before or after. Where more people were seen than share a home, or the silence until that
login was longer than `recycle_after`, the session belongs to an anonymous customer of its own.
"""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from cdp_spark.identity.clusters.contraction import Materialize
from cdp_spark.identity.ownership.habits import habits_of, habitual_person
from cdp_spark.identity.settings import OwnershipSettings
from cdp_spark.identity.states import SHARED
from cdp_spark.semantics.identifiers import IdentifierRule, rule_option_by_kind
from cdp_spark.tables.identity import OWNERSHIP

LOGIN, HABIT, NEAREST_LOGIN, UNKNOWN = "login", "habit", "nearest_login", "unknown"
_PLACE = ("event_at", "event_key")
_DAY_SECONDS = 86_400


def shared_identifiers(identifiers: DataFrame) -> DataFrame:
    """identifier_key of identifiers that people share or had one after the other."""
    return identifiers.where(F.col("role") == SHARED).select("identifier_key")


def named_clusters(clusters: DataFrame, rules: tuple[IdentifierRule, ...]) -> DataFrame:
    """identifier_key and component of clusters with more than devices, which name a person."""
    devices = [rule.name for rule in rules if rule.is_device]
    named = clusters.where(~F.col("kind").isin(devices)).select("component").distinct()
    return clusters.join(named, on="component", how="left_semi").select(
        "identifier_key", "component"
    )


def shared_events(
    sightings: DataFrame,
    shared: DataFrame,
    people: DataFrame,
    settings: OwnershipSettings,
    rules: tuple[IdentifierRule, ...],
) -> DataFrame:
    """Events of shared identifiers: one row per identifier and event.

    Columns: identifier_key, kind, event_key, event_at, `session`, the moment its session began, and
    person and anchor_key of the event's login, null without one. `shared` has the identifier_key
    of the shared identifiers; `people` are `named_clusters`, with identifier_key and component.
    """
    events = sightings.join(shared, on="identifier_key", how="left_semi").select(
        "identifier_key", "kind", "event_key", "event_at"
    )
    logins = _logins(sightings, events.select("event_key").distinct(), people, rules)
    return _with_sessions(events.join(logins, on="event_key", how="left_outer"), settings)


def ownership_periods(
    events: DataFrame,
    settings: OwnershipSettings,
    rules: tuple[IdentifierRule, ...],
    materialize: Materialize,
) -> DataFrame:
    """identity.ownership rows: one per shared identifier and ownership period, without gaps.

    `events` are `shared_events`, materialized, because they are read more than once.
    """
    return _periods(_with_owners(events, settings, rules, materialize)).select(*OWNERSHIP.columns)


def _logins(
    sightings: DataFrame,
    events: DataFrame,
    people: DataFrame,
    rules: tuple[IdentifierRule, ...],
) -> DataFrame:
    """event_key, person and anchor_key: the login of each event, its strongest identifier."""
    named = sightings.join(events, on="event_key", how="left_semi").join(
        people.select("identifier_key", F.col("component").alias("person")),
        on="identifier_key",
        how="inner",
    )
    rank = F.struct(rule_option_by_kind(rules, "priority"), F.col("identifier_key"))
    return named.groupBy("event_key").agg(
        F.min_by("person", rank).alias("person"),
        F.min_by("identifier_key", rank).alias("anchor_key"),
    )


def _with_sessions(events: DataFrame, settings: OwnershipSettings) -> DataFrame:
    """The events with `session`, the moment their session began."""
    timeline = Window.partitionBy("identifier_key").orderBy(*_PLACE)
    before = F.lag("event_at").over(timeline)
    silence = F.col("event_at").cast("double") - before.cast("double")
    begins = before.isNull() | (silence > settings.session_gap_minutes * 60)
    begun = events.withColumn("begun", F.when(begins, F.col("event_at")))
    return begun.withColumn("session", F.max("begun").over(timeline)).drop("begun")


def _with_logins(events: DataFrame) -> DataFrame:
    """The events with the nearest logins before and after each, or in the event itself.

    `last` and `next` are those in the same session, `before` and `after` those in any.
    """
    timeline = Window.partitionBy("identifier_key").orderBy(*_PLACE)
    # The next login is found in reverse order: a frame that ends with the partition is read again
    # for each row.
    back = timeline.orderBy(*[F.col(name).desc() for name in _PLACE])
    until_now = (Window.unboundedPreceding, Window.currentRow)
    login = F.when(
        F.col("person").isNotNull(),
        F.struct("person", "anchor_key", F.col("event_at").alias("at"), "session"),
    )
    seen = events.withColumn("login", login).select(
        "*",
        F.last("login", ignorenulls=True).over(timeline.rowsBetween(*until_now)).alias("before"),
        F.last("login", ignorenulls=True).over(back.rowsBetween(*until_now)).alias("after"),
    )
    in_session = {
        name: F.when(F.col(side)["session"] == F.col("session"), F.col(side))
        for name, side in (("last", "before"), ("next", "after"))
    }
    return seen.withColumns(in_session)


def _with_owners(
    events: DataFrame,
    settings: OwnershipSettings,
    rules: tuple[IdentifierRule, ...],
    materialize: Materialize,
) -> DataFrame:
    """The events with person and anchor_key of their owner, the basis, and anonymous sessions."""
    people = events.groupBy("identifier_key").agg(F.count_distinct("person").alias("people"))
    people = materialize("people_counts", people)
    homes = people.where(F.col("people").between(2, settings.max_people))
    at_home = events.where(F.col("person").isNotNull()).join(
        homes, on="identifier_key", how="left_semi"
    )
    with_logins = _with_logins(events.join(people, on="identifier_key", how="inner"))
    habits = habits_of(at_home, materialize)
    with_habits = with_logins.join(habits, on="identifier_key", how="left_outer")

    in_session = F.when(_is_nearer("next", "last"), F.col("next")).otherwise(F.col("last"))
    has_login = F.col("last").isNotNull() | F.col("next").isNotNull()
    nearest = _nearest_login()
    is_home = F.col("people").between(1, settings.max_people)
    is_nearest = ~has_login & is_home & _is_recent(nearest, rules)
    previous = F.coalesce("before", "after")
    habitual = habitual_person(F.col("habits"), F.col("session"), previous)
    basis = F.when(has_login, LOGIN).when(F.col("habitual").isNotNull(), HABIT)
    basis = basis.when(is_nearest, NEAREST_LOGIN).otherwise(UNKNOWN)
    owner = [
        F.when(has_login, in_session[name])
        .when(is_nearest, F.coalesce(F.col("habitual")[name], nearest[name]))
        .alias(name)
        for name in ("person", "anchor_key")
    ]
    return with_habits.withColumn("habitual", F.when(is_nearest, habitual)).select(
        "identifier_key", "kind", "event_key", "event_at", *owner,
        basis.alias("basis"),
        F.when(~has_login & ~is_nearest, F.col("session")).alias("unknown_since"),
    )  # fmt: skip


def _nearest_login() -> Column:
    """The login before or after a session without one, whichever is nearer to its beginning.

    A device changed hands somewhere between the two logins. Both people are equally likely, but
    for the time that passed.
    """
    since = F.col("session").cast("double") - F.col("before")["at"].cast("double")
    until = F.col("after")["at"].cast("double") - F.col("session").cast("double")
    is_after = F.col("before").isNull() | F.coalesce(until < since, F.lit(False))  # noqa: FBT003 - a literal column
    return F.when(is_after, F.col("after")).otherwise(F.col("before"))


def _is_recent(login: Column, rules: tuple[IdentifierRule, ...]) -> Column:
    """Whether a login is too near in time for the device to have changed hands in between."""
    days = {rule.name: rule.recycle_days for rule in rules if rule.recycle_days}
    away = F.abs(login["at"].cast("double") - F.col("event_at").cast("double"))
    is_long = F.lit(False)  # noqa: FBT003 - a literal column
    for kind, most in days.items():
        is_long = is_long | ((F.col("kind") == kind) & (away > most * _DAY_SECONDS))
    return ~is_long


def _is_nearer(one: str, other: str) -> Column:
    """Whether the login `one` exists and is nearer in time than `other`, if that exists."""
    now = F.col("event_at").cast("double")
    distance = {name: F.abs(F.col(name)["at"].cast("double") - now) for name in (one, other)}
    return F.col(other).isNull() | F.coalesce(distance[one] < distance[other], F.lit(False))  # noqa: FBT003 - a literal column


def _periods(events: DataFrame) -> DataFrame:
    """Ownership periods: runs of events of one owner, each until the next begins."""
    timeline = Window.partitionBy("identifier_key").orderBy(*_PLACE)
    who = F.struct("person", "unknown_since")
    before = F.lag(who).over(timeline)
    is_first = F.row_number().over(timeline) == 1
    begins = F.when(is_first | ~who.eqNullSafe(before), F.col("event_at"))
    runs = events.withColumn("number", F.count(begins).over(timeline))
    periods = runs.groupBy("identifier_key", "kind", "number").agg(
        F.min("event_at").alias("valid_from"),
        F.max("event_at").alias("last_seen_at"),
        F.min("anchor_key").alias("anchor_key"),
        F.min_by("event_key", F.struct(*_PLACE)).alias("first_event_key"),
        F.count("*").alias("event_count"),
        _strongest_basis().alias("basis"),
    )
    following = Window.partitionBy("identifier_key").orderBy("number")
    ended = periods.withColumn("valid_to", F.lead("valid_from").over(following))
    # Of two people at one moment, the later one in the order of keys is the owner.
    return ended.where(F.col("valid_to").isNull() | (F.col("valid_to") > F.col("valid_from")))


def _strongest_basis() -> Column:
    strongest = F.lit(UNKNOWN)
    for basis in (NEAREST_LOGIN, HABIT, LOGIN):
        strongest = F.when(F.bool_or(F.col("basis") == basis), basis).otherwise(strongest)
    return strongest
