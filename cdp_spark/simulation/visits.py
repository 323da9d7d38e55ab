"""The visits of the simulated people: time, channel, device and purchase."""

from datetime import UTC, datetime, time

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.simulation.draws import uniform, uuid_text, whole_number
from cdp_spark.simulation.products import MAX_LINES, basket, total_of
from cdp_spark.simulation.settings import WorldSettings

BROWSER, APP, SHARED, KIOSK, STORE, EMAIL = (
    "browser", "app", "shared", "kiosk", "store", "email",
)  # fmt: skip
DAY_SECONDS = 86_400
EARLY_LOGIN, LATE_LOGIN = 1, 6  # positions in a visit: after the first page, or before the cart
_FADE = 1.5  # visits of people who leave become rarer towards the end
_GROWTH = 0.85  # visits of people who stay become slightly more frequent
_SATURDAY = 5


def visits_of(people: DataFrame, settings: WorldSettings) -> DataFrame:
    """The visits of people, one row per visit, with the person's columns beside it."""
    numbered = people.where(F.col("visit_count") > 0).withColumn(
        "visit", F.explode(F.sequence(F.lit(1), F.col("visit_count")))
    )
    return (
        numbered.withColumn("day", _day(settings))
        .withColumn("day", _liked_day(settings))
        .select("*", _second(settings).alias("visit_second"), *_consents())
        .withColumn("channel", _channel(settings))
        .select("*", *_devices(settings), *_intentions(settings))
        .select("*", *_login(settings), *_buying(settings))
        .select("*", total_of(F.col("basket")).alias("basket_amount"))
    )


def start_second(settings: WorldSettings) -> int:
    """The first second of the world, in seconds since 1970 UTC."""
    return int(datetime.combine(settings.start_on, time(), UTC).timestamp())


def _draw(settings: WorldSettings, label: str) -> Column:
    return uniform(settings.seed, label, F.col("person"), F.col("visit"))


def _day(settings: WorldSettings) -> Column:
    """The visit's day: later days are more likely for people who stay, less for others."""
    last = F.least(F.col("left_day"), F.lit(float(settings.days)))
    leaves = F.col("left_day") < settings.days
    along = _draw(settings, "day")
    fading = F.lit(1.0) - F.pow(F.lit(1.0) - along, F.lit(1.0 / _FADE))
    share = F.when(leaves, fading).otherwise(F.pow(along, F.lit(_GROWTH)))
    return F.floor(F.col("joined_day") + (last - F.col("joined_day")) * share).cast("int")


def _liked_day(settings: WorldSettings) -> Column:
    """Moves most visits of those who like weekends to the next Saturday or Sunday."""
    weekday = F.weekday(F.date_add(F.lit(settings.start_on), F.col("day")))
    moves = (
        F.col("likes_weekends") & (weekday < _SATURDAY) & (_draw(settings, "move") < F.lit(0.45))
    )
    sunday = whole_number(_draw(settings, "sunday"), 2).cast("int")
    return F.when(moves, F.col("day") + _SATURDAY - weekday + sunday).otherwise(F.col("day"))


def _second(settings: WorldSettings) -> Column:
    spread = (_draw(settings, "hour") - 0.5) * 5.0
    hour = F.pmod(F.col("usual_hour") + spread, F.lit(24.0))
    return start_second(settings) + F.col("day") * DAY_SECONDS + F.floor(hour * 3600)


def _consents() -> list[Column]:
    """Consent on the day; people who leave mostly withdraw marketing shortly before."""
    changed = F.col("changes_mind") & (F.col("day") >= F.col("consent_change_day"))
    is_leaving = F.col("is_fickle") & (F.col("day") > F.col("left_day") - 20)
    marketing = (F.col("allows_marketing") != changed) & ~is_leaving
    return [marketing.alias("marketing"), F.col("allows_analytics").alias("analytics")]


def _channel(settings: WorldSettings) -> Column:
    hazards = settings.hazards
    is_known = F.col("user_id").isNotNull() | F.col("loyalty_id").isNotNull()
    in_store = F.col("loyalty_id").isNotNull() & (_draw(settings, "store") < settings.store_visit)
    at_kiosk = is_known & (_draw(settings, "kiosk") < hazards.kiosk_visit)
    by_email = F.col("marketing") & (_draw(settings, "email") < settings.email_visit)
    can_share = F.col("shares_device") & F.col("user_id").isNotNull()
    on_shared = can_share & (_draw(settings, "shared") < hazards.household_visit)
    in_app = _holds_app() & (_draw(settings, "app") < F.lit(0.5))
    return (
        F.when(in_store, STORE)
        .when(at_kiosk, KIOSK)
        .when(by_email, EMAIL)
        .when(on_shared, SHARED)
        .when(in_app, APP)
        .otherwise(BROWSER)
    )


def _holds_app() -> Column:
    """Whether the person has a phone with the app that day; a resold phone has one owner a day."""
    had_before = F.pmod(F.col("person"), F.lit(2)) == 0
    is_before = F.col("day") < F.col("device_change_day")
    is_holder = ~F.col("is_resold_device") | (had_before == is_before)
    return F.col("app_advertising_id").isNotNull() & is_holder


def _devices(settings: WorldSettings) -> list[Column]:
    """The ids of the device: a browser, an app, or the tablet of household or store."""
    seed = settings.seed
    channel = F.col("channel")
    person = F.col("person")
    # The first browser is used twice as often as the second.
    browser = whole_number(
        F.pow(_draw(settings, "browser"), F.lit(1.6)) * F.col("browser_count"), 1
    )
    anonymous = (
        F.when(channel == BROWSER, uuid_text(seed, "browser", person, browser))
        .when(channel == APP, uuid_text(seed, "app", F.col("app_device")))
        .when(channel == SHARED, uuid_text(seed, "tablet", F.col("household")))
        .when(channel == KIOSK, uuid_text(seed, "kiosk", F.col("kiosk")))
    )
    advertising = F.when(channel == APP, F.col("app_advertising_id")).when(
        channel == KIOSK, uuid_text(seed, "kiosk advertising", F.col("kiosk"))
    )
    return [anonymous.alias("anonymous_id"), advertising.alias("advertising_id")]


def _intentions(settings: WorldSettings) -> list[Column]:
    """Whether the visit ends in an order, and its products; a store visit always does."""
    buys = (F.col("channel") == STORE) | (
        (F.col("channel") != EMAIL) & (_draw(settings, "buys") < F.col("buy_chance"))
    )
    lines = (whole_number(_draw(settings, "lines"), MAX_LINES) + 1).cast("int")
    return [buys.alias("buys"), basket(settings.seed, lines).alias("basket")]


def _login(settings: WorldSettings) -> list[Column]:
    """Whether and where in the visit the person logs in; buyers mostly do."""
    hazards = settings.hazards
    chance = (
        F.when(F.col("channel") == KIOSK, hazards.kiosk_login)
        .when(F.col("channel") == SHARED, hazards.household_login)
        .when(F.col("channel").isin(STORE, EMAIL), 0.0)
        .otherwise(F.when(F.col("buys"), F.lit(0.85)).otherwise(hazards.login))
    )
    is_early = (_draw(settings, "early login") < F.lit(0.6)) | F.col("channel").isin(KIOSK, SHARED)
    return [
        (_draw(settings, "login") < chance).alias("is_identified"),
        F.when(F.col("channel") == KIOSK, 0)
        .when(is_early, EARLY_LOGIN)
        .otherwise(LATE_LOGIN)
        .alias("login_position"),
    ]


def _buying(settings: WorldSettings) -> list[Column]:
    """Cart, coupon, refund, search and campaign of the visit."""
    buys = F.col("buys")
    is_leaving = F.col("is_fickle") & (F.col("day") > F.col("left_day") - 40)
    refund_chance = F.when(is_leaving, F.lit(0.25)).otherwise(F.lit(0.03))
    week = F.floor(F.col("day") / 7).cast("string")
    return [
        (buys | (_draw(settings, "adds") < F.lit(0.15))).alias("adds"),
        (buys & (_draw(settings, "coupon") < F.lit(0.2))).alias("has_coupon"),
        (buys & (_draw(settings, "refund") < refund_chance)).alias("refunds"),
        (_draw(settings, "search") < F.lit(0.4)).alias("searches"),
        F.concat(F.lit("week-"), week).alias("campaign_id"),
        whole_number(_draw(settings, "came from"), 8).alias("came_from"),
    ]
