"""Pseudo-random draws from keys: the same in any run and partitioning."""

from pyspark.sql import Column
from pyspark.sql import functions as F

_MANTISSA_BITS = 53  # a double holds this many bits exactly
_HASH_BITS = 64


def uniform(seed: int, label: str, *keys: Column) -> Column:
    """A DOUBLE in [0, 1), a function of seed, label and keys only.

    Args:
        seed: the world's seed.
        label: name of the draw; draws with different labels are independent.
        *keys: columns that identify the subject of the draw.
    """
    hashed = F.xxhash64(F.lit(seed), F.lit(label), *keys)
    top_bits = F.shiftrightunsigned(hashed, _HASH_BITS - _MANTISSA_BITS)
    return top_bits / F.lit(float(2**_MANTISSA_BITS))


def whole_number(draw: Column, options: int) -> Column:
    """A BIGINT from 0 to options - 1, from a uniform draw."""
    return F.floor(draw * F.lit(options))


def choice(draw: Column, options: tuple[str, ...]) -> Column:
    """One of the texts, each equally likely, from a uniform draw."""
    place = (whole_number(draw, len(options)) + 1).cast("int")
    return F.element_at(F.array(*[F.lit(option) for option in options]), place)


def exponential(draw: Column) -> Column:
    """A DOUBLE of mean 1, exponentially distributed, from a uniform draw (inverse transform)."""
    return -F.log(F.lit(1.0) - draw)


def uuid_text(seed: int, label: str, *keys: Column) -> Column:
    """A text in the form of a UUID, a function of seed, label and keys only."""
    halves = [
        F.lpad(F.lower(F.hex(F.xxhash64(F.lit(seed), F.lit(half + label), *keys))), 16, "0")
        for half in ("high:", "low:")
    ]
    high, low = halves
    return F.concat_ws(
        "-",
        F.substring(high, 1, 8),
        F.substring(high, 9, 4),
        F.substring(high, 13, 4),
        F.substring(low, 1, 4),
        F.substring(low, 5, 12),
    )


def scattered(number: Column, digits: int) -> Column:
    """Decimal digits of fixed length, different for each different number below 10**digits.

    Multiplication by a number without the factors 2 and 5 is one-to-one modulo 10**digits, so two
    people never get the same number.
    """
    factor = 387_420_489  # 3**18
    offset = 271_828  # the first number must not give zeros, which look like a placeholder
    mapped = F.pmod((number + F.lit(offset)) * F.lit(factor), F.lit(10**digits))
    return F.lpad(mapped.cast("string"), digits, "0")
