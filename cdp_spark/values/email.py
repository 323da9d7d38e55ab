"""E-mail addresses."""

from pyspark.sql import Column
from pyspark.sql import functions as F

_SYNTAX = r"^[^@\s,;<>()]+@[^@\s,;<>()]+\.[^@\s,;<>().]{2,}$"
_LONGEST = 254  # RFC 5321, section 4.5.3.1


def normalised_email(raw: Column) -> Column:
    """One spelling per mailbox: trimmed, lower case, without +tag; null if it is no address.

    Dots in the local part are dropped for gmail.com only, where they mean nothing.
    """
    text = F.lower(F.trim(raw))
    local = F.regexp_replace(F.split_part(text, F.lit("@"), F.lit(1)), r"\+.*$", "")
    domain = F.regexp_replace(
        F.split_part(text, F.lit("@"), F.lit(2)), r"^googlemail\.com$", "gmail.com"
    )
    bare = F.when(domain == "gmail.com", F.replace(local, F.lit("."), F.lit(""))).otherwise(local)
    is_address = text.rlike(_SYNTAX) & (F.length(text) <= _LONGEST) & (bare != "")
    return F.when(is_address, F.concat(bare, F.lit("@"), domain))
