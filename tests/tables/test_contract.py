from dataclasses import replace

import pytest

from cdp_spark.tables.contract import DIRECT, FACT, FLAG, MONEY, SNAPSHOT, TEXT, Field, Table

_TABLE = Table(
    name="room.thing",
    kind=FACT,
    grain="one thing",
    key=("id",),
    fields=(
        Field("id", TEXT, "its id", required=True),
        Field("email", TEXT, "its owner's", personal=DIRECT),
        Field("is_new", FLAG, "whether it is"),
        Field("batch", TEXT, "of the run", volatile=True),
    ),
)


def test_the_contract_defines_stored_compared_and_counted_columns() -> None:
    assert _TABLE.columns == ("id", "email", "is_new", "batch")
    assert _TABLE.required == ("id",)
    assert _TABLE.content == ("id", "email", "is_new")
    assert _TABLE.statistics == ("id", "batch")
    assert [one.nullable for one in _TABLE.schema] == [False, True, True, True]
    assert hash(_TABLE) == hash(replace(_TABLE, grain="defined otherwise"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"fields": (*_TABLE.fields, _TABLE.fields[0])}, "duplicate field id"),
        ({"key": ("ID",)}, "key ID is not a field"),
        ({"clustering": ("day",)}, "clustering day is not a field"),
        ({"key": ("email",)}, "key email is a direct personal value"),
        ({"clustering": ("email",)}, "key email is a direct personal value"),
        ({"kind": SNAPSHOT}, "a snapshot without as_of_on in its key"),
        (
            {"fields": (*_TABLE.fields, Field("amount", MONEY, "paid"))},
            "amount amount names no currency",
        ),
        ({"subject": "customer_id"}, "subject customer_id is not a field"),
    ],
)
def test_a_contract_that_contradicts_itself_is_refused(
    change: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=f"room.thing: {message}"):
        replace(_TABLE, **change)  # type: ignore[arg-type]
