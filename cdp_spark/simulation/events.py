"""The events of the simulated visits: one per step, with its identifiers."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.simulation.draws import uniform, uuid_text, whole_number
from cdp_spark.simulation.hazards import given_email, given_phone, placeholder_user
from cdp_spark.simulation.products import MAX_LINES
from cdp_spark.simulation.settings import WorldSettings
from cdp_spark.simulation.visits import APP, DAY_SECONDS, EMAIL, KIOSK, STORE

_STEP_MS = 35_000
_JITTER_MS = 17_000  # below half a step, to keep the order of steps
_REFUND_DAYS = 20
_RARE = 0.01  # share of logins that also send an alias or a group call


def events_of(visits: DataFrame, settings: WorldSettings) -> DataFrame:
    """The events of visits, one row per event, with the visit's columns beside it.

    Adds event_id, kind (the step's name), position (its place in the visit), happened_ms
    (milliseconds since 1970 UTC), sent_user_id, sent_email, sent_phone and sent_loyalty_id.
    """
    steps = visits.withColumn("step", F.explode(F.array_compact(F.array(*_steps(settings)))))
    placed = steps.select(
        "*", F.col("step.kind").alias("kind"), F.col("step.position").alias("position")
    )
    logged = placed.select(
        "*", _happened_ms(settings).alias("happened_ms"), _is_logged_in().alias("is_logged_in")
    )
    return logged.select("*", _event_id(settings), *_identifiers(settings)).drop("step")


def _steps(settings: WorldSettings) -> list[Column]:
    """Every possible step of a visit, NULL where it is missing; positions 1 and 6 are logins."""
    on_site = ~F.col("channel").isin(STORE, EMAIL)
    logs_in = on_site & F.col("is_identified") & F.col("user_id").isNotNull()
    is_rare = uniform(settings.seed, "rare", F.col("person"), F.col("visit"))
    clicks = uniform(settings.seed, "click", F.col("person"), F.col("visit")) < F.lit(0.35)
    mailed = F.col("channel") == EMAIL
    views = [
        _step(f"view {number}", 2 + number, on_site & (F.size("basket") >= number))
        for number in range(1, MAX_LINES + 1)
    ]
    return [
        _step("home", 0, on_site),
        F.when(logs_in, _named("login", F.col("login_position") + 0.5)),
        _step("alias", 7, logs_in & (is_rare < _RARE)),
        _step("group", 8, logs_in & F.col("company").isNotNull() & (is_rare > 1 - 5 * _RARE)),
        _step("search", 2, on_site & F.col("searches")),
        *views,
        _step("add", 9, on_site & F.col("adds")),
        _step("checkout", 10, on_site & F.col("buys")),
        _step("coupon", 11, F.col("has_coupon")),
        _step("order", 12, F.col("buys")),
        _step("refund", 13, F.col("refunds")),
        _step("opened", 0, mailed),
        _step("clicked", 1, mailed & clicks),
    ]


def _step(kind: str, position: float, happens: Column) -> Column:
    return F.when(happens, _named(kind, F.lit(float(position))))


def _named(kind: str, position: Column) -> Column:
    return F.struct(F.lit(kind).alias("kind"), position.cast("double").alias("position"))


def _happened_ms(settings: WorldSettings) -> Column:
    keys = (F.col("person"), F.col("visit"), F.col("position"))
    jitter = whole_number(uniform(settings.seed, "jitter", *keys), _JITTER_MS)
    refund_days = uniform(settings.seed, "refund day", *keys) * _REFUND_DAYS + 1
    refunded_ms = F.when(F.col("kind") == "refund", F.floor(refund_days * DAY_SECONDS * 1000))
    start_ms = F.col("visit_second") * 1000 + F.floor(F.col("position") * _STEP_MS)
    return start_ms + jitter + F.coalesce(refunded_ms, F.lit(0))


def _is_logged_in() -> Column:
    return (
        F.col("is_identified")
        & F.col("user_id").isNotNull()
        & (F.col("position") >= F.col("login_position"))
    )


def _event_id(settings: WorldSettings) -> Column:
    keys = (F.col("person"), F.col("visit"), F.col("position"))
    return uuid_text(settings.seed, "message", *keys).alias("event_id")


def _identifiers(settings: WorldSettings) -> list[Column]:
    """The identifiers of an event; those of stores and e-mail tools have no device."""
    kind = F.col("kind")
    is_logged_in = F.col("is_logged_in")
    on_site = ~F.col("channel").isin(STORE, EMAIL)
    how = uniform(settings.seed, "tells", F.col("person"), F.col("visit"), F.col("position"))
    is_order = kind == "order"
    sends_email = (
        ((kind == "login") & (how < F.lit(0.85)))
        | (is_order & on_site & (~is_logged_in | (how < F.lit(0.4))))
        | (is_order & ~on_site & (how < F.lit(0.2)))
        | (F.col("channel") == EMAIL)
    )
    sends_phone = ((kind == "login") & (how > F.lit(0.5))) | (
        is_order & on_site & (how > F.lit(0.4))
    )
    shows_card = (
        (F.col("channel") == STORE)
        | ((F.col("channel") == KIOSK) & F.col("is_identified"))
        | (is_logged_in & (kind == "login") & (how > F.lit(0.3)))
        | (is_order & (how > F.lit(0.7)))
    )
    placeholder = F.when(on_site & ~is_logged_in, placeholder_user(settings))
    knows_user = is_logged_in | ((F.col("channel") == EMAIL) & (how < F.lit(0.3)))
    return [
        F.when(knows_user, F.col("user_id")).otherwise(placeholder).alias("sent_user_id"),
        F.when(sends_email, given_email(settings)).alias("sent_email"),
        F.when(sends_phone, given_phone(settings)).alias("sent_phone"),
        F.when(shows_card, F.col("loyalty_id")).alias("sent_loyalty_id"),
        (F.col("channel") == APP).alias("is_app"),
    ]
