"""The simulated people: identifiers, tastes and time as a customer."""

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.simulation.draws import (
    choice,
    exponential,
    scattered,
    uniform,
    uuid_text,
    whole_number,
)
from cdp_spark.simulation.names import (
    CATEGORIES,
    CITIES,
    FIRST_NAMES,
    LAST_NAMES,
    LOCALES,
    MAIL_DOMAINS,
    ZERO_ADVERTISING_ID,
)
from cdp_spark.simulation.settings import WorldSettings

HOUSEHOLD_SIZE = 3
MAX_VISITS = 250  # a bound on the rows one person can explode into
_KIOSK_REACH = 120  # people who live near one store's tablet
_COMPANY_REACH = 400  # people near one company; the switchboard rate of them works there
_GROUP_REACH = 500  # people near one group e-mail; the group rate of them uses it
_SECOND_EMAIL = 0.30
_FIRST_PHONE = 0.80
_SECOND_PHONE = 0.20
_APP = 0.40
_RATE_DAYS = 240.0


def people_of(spark: SparkSession, settings: WorldSettings) -> DataFrame:
    """The people of a world, one row per person, with all latent attributes."""
    people = spark.range(settings.people).withColumnRenamed("id", "person")
    return (
        people.select("person", *_names(settings), *_keys(settings), *_shared(settings))
        .select("*", *_contacts(settings), *_tastes(settings))
        .select("*", *_lifetime(settings))
        .select("*", _visit_count(settings).alias("visit_count"))
    )


def _draw(settings: WorldSettings, label: str, *keys: Column) -> Column:
    return uniform(settings.seed, label, *(keys or (F.col("person"),)))


def _names(settings: WorldSettings) -> list[Column]:
    """Name, birthday and place; a namesake has the full name of another person."""
    is_namesake = _draw(settings, "namesake") < settings.hazards.namesake
    other = whole_number(_draw(settings, "namesake of"), settings.people)
    owner = F.when(is_namesake, other).otherwise(F.col("person"))
    born = whole_number(_draw(settings, "birthday"), 55 * 365)
    postal_code = whole_number(_draw(settings, "postal code"), 90_000) + 10_000
    return [
        F.concat(F.lit("person-"), F.lpad(F.col("person").cast("string"), 9, "0")).alias(
            "person_id"
        ),
        choice(_draw(settings, "first name", owner), FIRST_NAMES).alias("first_name"),
        choice(_draw(settings, "last name", owner), LAST_NAMES).alias("last_name"),
        F.date_add(F.to_date(F.lit("1950-01-01")), born.cast("int")).alias("birthday"),
        choice(_draw(settings, "city"), CITIES).alias("city"),
        F.lpad(postal_code.cast("string"), 5, "0").alias("postal_code"),
        choice(_draw(settings, "locale"), LOCALES).alias("locale"),
    ]  # fmt: skip


def _keys(settings: WorldSettings) -> list[Column]:
    """Ids from the shop, never shared, and the person's devices."""
    person = F.col("person")
    has_account = _draw(settings, "account") < settings.account
    has_card = _draw(settings, "loyalty") < settings.loyalty
    # The even person of a pair sells the phone to the odd one, who had no app before.
    pair = F.floor(person / 2)
    is_resold = _draw(settings, "resold", pair) < settings.hazards.resold_device
    device = F.when(is_resold, pair * 2).otherwise(person)
    advertising = F.when(
        _draw(settings, "zero advertising", device) < settings.hazards.zero_advertising,
        F.lit(ZERO_ADVERTISING_ID),
    ).otherwise(uuid_text(settings.seed, "advertising", device))
    return [
        F.when(has_account, F.concat(F.lit("u"), scattered(person, 9))).alias("user_id"),
        F.when(has_card, F.concat(F.lit("LC"), scattered(person + 11, 10))).alias("loyalty_id"),
        F.when(is_resold | (_draw(settings, "app") < _APP), advertising).alias(
            "app_advertising_id"
        ),
        device.alias("app_device"),
        is_resold.alias("is_resold_device"),
        (_draw(settings, "resold on", pair) * settings.days).alias("device_change_day"),
        (whole_number(_draw(settings, "browsers"), 2) + 1).alias("browser_count"),
    ]


def _shared(settings: WorldSettings) -> list[Column]:
    """Shared things: a tablet at home, one in the store, a phone or mailbox at work."""
    hazards = settings.hazards
    household = F.floor(F.col("person") / HOUSEHOLD_SIZE)
    kiosk = whole_number(_draw(settings, "kiosk"), max(1, settings.people // _KIOSK_REACH))
    company = whole_number(_draw(settings, "company"), max(1, settings.people // _COMPANY_REACH))
    group = whole_number(_draw(settings, "group"), max(1, settings.people // _GROUP_REACH))
    shares_device = _draw(settings, "shared device", household) < hazards.household
    works_there = _draw(settings, "switchboard") < hazards.switchboard
    reads_group_mail = _draw(settings, "group email") < hazards.group_email
    return [
        household.alias("household"),
        shares_device.alias("shares_device"),
        kiosk.alias("kiosk"),
        F.when(works_there, F.concat(F.lit("company-"), company.cast("string"))).alias("company"),
        F.when(works_there, F.concat(F.lit("3129"), scattered(company + 5, 6)))
        .alias("switchboard_phone"),
        F.when(reads_group_mail, F.concat(F.lit("buyers"), group, F.lit("@guild.example")))
        .alias("group_email"),
    ]  # fmt: skip


def _contacts(settings: WorldSettings) -> list[Column]:
    """Own e-mails and phones, unique because they contain the person's number."""
    person = F.col("person")
    pair = F.floor(person / 2)
    first = _mailbox("first_name")
    last = _mailbox("last_name")
    domain = choice(_draw(settings, "domain"), MAIL_DOMAINS)
    email = F.concat(first, F.lit("."), last, person.cast("string"), F.lit("@"), domain)
    second = F.concat(last, F.substring(first, 1, 1), person.cast("string"), F.lit("@post.example"))
    # The even person of a pair gives a recycled number up before the odd one gets it.
    is_recycled = _draw(settings, "recycled", pair) < settings.hazards.recycled_phone
    number = F.when(is_recycled, pair * 2).otherwise(person) * 2
    has_phone = is_recycled | (_draw(settings, "phone") < _FIRST_PHONE)
    has_second_phone = has_phone & (_draw(settings, "second phone") < _SECOND_PHONE)
    return [
        email.alias("email"),
        F.when(_draw(settings, "second email") < _SECOND_EMAIL, second).alias("second_email"),
        F.when(has_phone, F.concat(F.lit("5"), scattered(number, 9))).alias("phone"),
        F.when(has_second_phone, F.concat(F.lit("5"), scattered(person * 2 + 1, 9)))
        .alias("second_phone"),
        is_recycled.alias("is_recycled_phone"),
        (_draw(settings, "recycled on", pair) * settings.days).alias("phone_change_day"),
    ]  # fmt: skip


def _mailbox(name: str) -> Column:
    return F.translate(F.lower(F.col(name)), "çğıöşüäß", "cgiosuas")


def _tastes(settings: WorldSettings) -> list[Column]:
    """Patterns for models: taste, spend, conversion, hours and weekdays."""
    kinds = len(CATEGORIES)
    return [
        whole_number(_draw(settings, "taste"), kinds).alias("taste"),
        whole_number(_draw(settings, "second taste"), kinds).alias("second_taste"),
        _draw(settings, "spend").alias("spend_level"),
        (F.pow(_draw(settings, "conversion"), F.lit(2.0)) * 0.55 + 0.05).alias("buy_chance"),
        (_draw(settings, "weekend") < F.lit(0.4)).alias("likes_weekends"),
        (_draw(settings, "hour") * 14 + 7).alias("usual_hour"),
        (_draw(settings, "analytics") < F.lit(0.85)).alias("allows_analytics"),
        (_draw(settings, "marketing") < F.lit(0.65)).alias("allows_marketing"),
        (_draw(settings, "consent change") < F.lit(0.10)).alias("changes_mind"),
        (_draw(settings, "consent day") * settings.days).alias("consent_change_day"),
    ]


def _lifetime(settings: WorldSettings) -> list[Column]:
    """First and last day of a person, in days from the start; fickle people mostly leave early."""
    is_fickle = _draw(settings, "fickle") < settings.churn
    joined = F.when(_draw(settings, "joined early") < F.lit(0.35), 0.0).otherwise(
        _draw(settings, "joined") * settings.days * 0.95
    )
    mean_stay = F.when(is_fickle, F.lit(70.0)).otherwise(F.lit(1200.0))
    stay = exponential(_draw(settings, "stay")) * mean_stay + 15.0
    return [
        is_fickle.alias("is_fickle"),
        joined.alias("joined_day"),
        (joined + stay).alias("left_day"),
    ]


def _visit_count(settings: WorldSettings) -> Column:
    """Visits of a person: a gamma-distributed rate (shape 2) times the days of activity."""
    rate = (exponential(_draw(settings, "rate")) + exponential(_draw(settings, "rate too"))) / 2
    active = F.least(F.col("left_day"), F.lit(float(settings.days))) - F.col("joined_day")
    expected = rate * settings.visits * active / _RATE_DAYS
    count = F.floor(expected + _draw(settings, "rounding"))
    return F.least(count, F.lit(MAX_VISITS)).cast("int")
