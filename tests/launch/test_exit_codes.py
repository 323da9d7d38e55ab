from cdp_spark.lake import ContractBroken, LeaseHeld, TableMoved
from cdp_spark.launch import (
    exit_code,
)
from cdp_spark.settings import SettingsInvalid
from cdp_spark.sources import SourceUnreadable


def test_each_known_kind_of_error_has_its_exit_code() -> None:
    errors = (SettingsInvalid, ContractBroken, SourceUnreadable, LeaseHeld, TableMoved, KeyError)
    assert [exit_code(error("x")) for error in errors] == [2, 3, 4, 75, 75, 1]
