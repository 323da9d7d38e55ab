"""Keys made from values: plain hashes of public parts, keyed tokens of personal ones."""

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

_BLOCK_BYTES = 64
_INNER, _OUTER = 0x36, 0x5C  # RFC 2104
_HEX_DIGITS = 32
_SEPARATOR = "\x1f"


def hashed(*parts: Column) -> Column:
    """128 bits of SHA-256 over the parts, as hex; for values that are not personal."""
    return F.substring(F.sha2(F.concat_ws(_SEPARATOR, *parts), 256), 1, _HEX_DIGITS)


def key_pads(spark: SparkSession, key: bytes) -> DataFrame:
    """One row with the key's inner and outer pad (RFC 2104), to be cross joined.

    A frame, not a literal: plans and event logs show literals.

    Raises:
        ValueError: the key is shorter than 16 bytes or longer than one block.
    """
    if not 16 <= len(key) <= _BLOCK_BYTES:  # noqa: PLR2004 - the bounds named above
        raise ValueError(f"identifier key: expected 16 to {_BLOCK_BYTES} bytes, found {len(key)}")
    padded = key.ljust(_BLOCK_BYTES, b"\0")
    pads = [tuple(bytes(byte ^ mask for byte in padded) for mask in (_INNER, _OUTER))]
    return spark.createDataFrame(pads, "inner_pad binary, outer_pad binary")


def keyed_token(*parts: Column) -> Column:
    """128 bits of HMAC-SHA-256 (RFC 2104) over the parts that are not null, as hex.

    For a frame joined with `key_pads`.
    """
    message = F.encode(F.concat_ws(_SEPARATOR, *parts), "UTF-8")
    inner = F.unhex(F.sha2(F.concat(F.col("inner_pad"), message), 256))
    return F.substring(F.sha2(F.concat(F.col("outer_pad"), inner), 256), 1, _HEX_DIGITS)
