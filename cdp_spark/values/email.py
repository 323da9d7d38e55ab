"""E-mail addresses."""

from pyspark.sql import Column
from pyspark.sql import functions as F

from cdp_spark.values.text import stripped

# At most 254 characters: RFC 5321, section 4.5.3.1.
_SYNTAX = r"^(?=.{1,254}$)[^@\s,;<>()]+@[^@\s,;<>()]+\.[^@\s,;<>().]{2,}$"


def normalised_email(raw: Column) -> Column:
    """One spelling per mailbox: trimmed, lower case, without +tag; null if it is not an address.

    Dots in the local part are dropped for gmail.com only, which ignores them.
    """
    # Each step uses the one before once: otherwise the expression grows too large for Spark to
    # compile.
    text = F.lower(stripped(raw))
    untagged = F.regexp_replace(text, r"^([^@+]*)\+[^@]*@", "$1@")
    one_name = F.regexp_replace(untagged, r"@googlemail\.com$", "@gmail.com")
    undotted = F.regexp_replace(one_name, r"\.(?=[^@]*@gmail\.com$)", "")
    return F.nullif(F.regexp_extract(undotted, _SYNTAX, 0), F.lit(""))
