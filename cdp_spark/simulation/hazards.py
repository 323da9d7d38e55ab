"""Errors in the identifiers people give: placeholders, typing errors, spellings, sharing."""

from pyspark.sql import Column
from pyspark.sql import functions as F

from cdp_spark.simulation.draws import choice, uniform
from cdp_spark.simulation.names import KNOWN_JUNK_EMAILS, KNOWN_JUNK_PHONES, KNOWN_JUNK_USERS
from cdp_spark.simulation.settings import WorldSettings

_SECOND_EMAIL = 0.30  # how often a person with two e-mails gives the second
_GROUP_EMAIL = 0.30
_SECOND_PHONE = 0.30
_SWITCHBOARD = 0.40
_KEYS = ("person", "visit", "position")


def given_email(settings: WorldSettings) -> Column:
    """The e-mail given in an event, never NULL, with typing errors and spellings.

    Reads person, visit, position, email, second_email and group_email.
    """
    own = F.when(
        F.col("second_email").isNotNull() & (_draw(settings, "second email") < _SECOND_EMAIL),
        F.col("second_email"),
    ).otherwise(F.col("email"))
    gives_group = F.col("group_email").isNotNull() & (_draw(settings, "group") < _GROUP_EMAIL)
    is_typo = _draw(settings, "typo") < settings.hazards.email_typo
    is_styled = _draw(settings, "styled") < settings.hazards.email_style
    typed = F.when(is_typo, mistyped_email(own, _draw(settings, "which typo"))).otherwise(own)
    true = F.when(gives_group, F.col("group_email")).otherwise(typed)
    styled = F.when(is_styled, styled_email(true, _draw(settings, "style"))).otherwise(true)
    is_junk = _draw(settings, "junk email") < settings.hazards.junk_email
    junk = choice(_draw(settings, "which junk email"), KNOWN_JUNK_EMAILS)
    return F.when(is_junk, junk).otherwise(styled)


def given_phone(settings: WorldSettings) -> Column:
    """The phone given in an event, NULL for people without one, with placeholders and spellings.

    Reads person, visit, position, day, phone, second_phone, switchboard_phone and the columns of
    recycled numbers.
    """
    has_second = F.col("second_phone").isNotNull()
    own = F.when(
        has_second & (_draw(settings, "second phone") < _SECOND_PHONE), F.col("second_phone")
    ).otherwise(_number_held())
    at_work = _draw(settings, "switchboard") < _SWITCHBOARD
    gives_switchboard = F.col("switchboard_phone").isNotNull() & at_work
    true = F.when(gives_switchboard, F.col("switchboard_phone")).otherwise(own)
    is_styled = _draw(settings, "phone styled") < settings.hazards.phone_style
    styled = F.when(is_styled, styled_phone(true, _draw(settings, "phone style"))).otherwise(
        F.concat(F.lit("0"), true)
    )
    is_junk = _draw(settings, "junk phone") < settings.hazards.junk_phone
    junk = choice(_draw(settings, "which junk phone"), KNOWN_JUNK_PHONES)
    return F.when(is_junk, junk).otherwise(styled)


def placeholder_user(settings: WorldSettings) -> Column:
    """A placeholder that some events without login have as user id, else NULL."""
    is_junk = _draw(settings, "junk user") < settings.hazards.junk_user
    return F.when(is_junk, choice(_draw(settings, "which junk user"), KNOWN_JUNK_USERS))


def mistyped_email(email: Column, draw: Column) -> Column:
    """The e-mail with two letters swapped, a letter doubled, or its ending cut."""
    swapped = F.concat(
        F.substring(email, 2, 1), F.substring(email, 1, 1), F.substring(email, 3, 200)
    )
    doubled = F.concat(F.substring(email, 1, 3), F.substring(email, 3, 200))
    cut = F.regexp_replace(email, "[a-z]$", "")
    return F.when(draw < 1 / 3, swapped).when(draw < 2 / 3, doubled).otherwise(cut)


def styled_email(email: Column, draw: Column) -> Column:
    """Another spelling of the same mailbox: capitals, outer spaces, a tag, or dots at Gmail."""
    tagged = F.regexp_replace(email, "@", "+news@")
    dotted = F.regexp_replace(email, "^(.)(.*@gmail\\.com)$", "$1.$2")
    return (
        F.when(draw < 1 / 4, F.upper(email))
        .when(draw < 2 / 4, F.concat(F.lit(" "), email, F.lit(" ")))
        .when(draw < 3 / 4, tagged)
        .otherwise(dotted)
    )


def styled_phone(phone: Column, draw: Column) -> Column:
    """The same ten digits with a country code, spaces or parentheses."""
    parts = [F.substring(phone, start, size) for start, size in ((1, 3), (4, 3), (7, 2), (9, 2))]
    area, rest = parts[0], F.concat_ws(" ", *parts[1:])
    return (
        F.when(draw < 1 / 3, F.concat(F.lit("+90"), phone))
        .when(draw < 2 / 3, F.concat(F.lit("+90 "), area, F.lit(" "), rest))
        .otherwise(F.concat(F.lit("0 ("), area, F.lit(") "), rest))
    )


def _number_held() -> Column:
    """The person's first number; a recycled one only while this person owns it."""
    had_before = F.pmod(F.col("person"), F.lit(2)) == 0
    is_before = F.col("day") < F.col("phone_change_day")
    is_holder = F.when(had_before, is_before).otherwise(~is_before)
    return F.when(~F.col("is_recycled_phone") | is_holder, F.col("phone"))


def _draw(settings: WorldSettings, label: str) -> Column:
    return uniform(settings.seed, label, *[F.col(key) for key in _KEYS])
