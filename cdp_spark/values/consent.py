"""Consent as people and software write it."""

from pyspark.sql import Column
from pyspark.sql import functions as F

from cdp_spark.values.text import stripped

# Words for yes and no: of Segment, Google consent mode, OneTrust, Shopify, mail services and
# spreadsheets, in English, Turkish, German, French, Spanish, Italian, Portuguese, Dutch, Polish
# and Romanian.
GRANTED = (
    "true", "t", "yes", "y", "1", "1.0", "on", "x", "ok", "granted", "grant", "given", "give",
    "allow", "allowed", "accept", "accepted", "agree", "agreed", "consent", "consented", "active",
    "enabled", "subscribed", "subscribe", "confirmed", "opt-in", "opt in", "optin", "opt_in",
    "opted in", "opted-in", "opted_in", "optedin", "always active", "evet", "onaylı", "onay",
    "izinli", "var", "ja", "oui", "si", "sí", "sì", "sim", "tak", "da",
)  # fmt: skip
DENIED = (
    "false", "f", "no", "n", "0", "0.0", "off", "denied", "deny", "disallow", "disallowed",
    "refuse", "refused", "reject", "rejected", "decline", "declined", "withdrawn", "withdraw",
    "revoked", "revoke", "withheld", "none", "never", "inactive", "disabled", "unsubscribed",
    "unsubscribe", "not subscribed", "not_subscribed", "cleaned", "bounced", "opt-out", "opt out",
    "optout", "opt_out", "opted out", "opted-out", "opted_out", "optedout", "hayır", "hayir",
    "onaysız",
    "izinsiz", "yok", "nein", "non", "não", "nao", "nee", "nie", "nu",
)  # fmt: skip


_INNER = ("value", "state", "status", "granted", "consent")  # of an object in place of a word


def consent_of(text: Column) -> Column:
    """Whether a text means that consent is granted; null if it is neither yes nor no.

    An object is read by its field value, state, status, granted or consent.
    """
    word = _word(text)
    return F.when(word.isin(*GRANTED), F.lit(True)).when(word.isin(*DENIED), F.lit(False))  # noqa: FBT003


def is_consent_unknown(text: Column) -> Column:
    """Whether a text about consent is neither yes nor no."""
    is_stated = text.isNotNull() & ~_word(text).isin("", "null", "undefined")
    return is_stated & consent_of(text).isNull()


def consent_by_category(words: Column) -> Column:
    """Category → whether granted, from a map of category → word; null for null.

    A word that is neither yes nor no withholds consent; no word is no statement.
    """
    stated = F.map_filter(
        words, lambda _, text: consent_of(text).isNotNull() | is_consent_unknown(text)
    )
    granted = F.transform_values(
        stated,
        lambda _, text: F.coalesce(consent_of(text), F.lit(False)),  # noqa: FBT003
    )
    return F.when(words.isNotNull(), granted)


def has_unknown_consent(words: Column) -> Column:
    """Whether a map of category → word has a word that is neither yes nor no."""
    return F.coalesce(F.exists(F.map_values(words), is_consent_unknown), F.lit(False))  # noqa: FBT003


def words_of_groups(text: Column) -> Column:
    """OneTrust's groups as a map of group → word.

    Read are the active groups, `,C0001,C0003,`, and the cookie's list, `C0001:1,C0002:0`.
    """
    groups = F.filter(F.split(text, ","), lambda one: stripped(one) != "")
    pairs = F.transform(
        groups,
        lambda one: F.struct(
            stripped(F.substring_index(one, ":", 1)).alias("group"),
            F.when(one.contains(":"), F.substring_index(one, ":", -1)).otherwise("1").alias("word"),
        ),
    )
    distinct = F.array_distinct(pairs)
    is_map = F.size(F.array_distinct(distinct["group"])) == F.size(distinct)
    return F.when(is_map & (F.size(distinct) > 0), F.map_from_entries(distinct))


def _word(text: Column) -> Column:
    inner = F.coalesce(*[F.get_json_object(text, f"$.{name}") for name in _INNER], text)
    return F.lower(stripped(F.when(text.startswith("{"), inner).otherwise(text)))
