import pytest
from pyspark.errors import PySparkException

from cdp_spark.lake import TableMoved
from cdp_spark.lake.conflicts import told_as_moved


@pytest.mark.parametrize(
    "name", ["DELTA_CONCURRENT_APPEND.NO_HINT", "DELTA_PROTOCOL_CHANGED", "DELTA_METADATA_CHANGED"]
)
def test_a_conflict_is_told_in_one_sentence_and_without_its_values(name: str) -> None:
    with pytest.raises(TableMoved, match=r"silver.event: DELTA_\w+: .*; run again") as told:  # noqa: SIM117
        with told_as_moved("silver.event"):
            raise PySparkException(f"[{name}] files were added: {{email=a@b.org}}")
    assert "a@b.org" not in str(told.value)


def test_any_other_error_is_left_as_it_is() -> None:
    with pytest.raises(PySparkException, match="PARSE"), told_as_moved("silver.event"):
        raise PySparkException("[PARSE_SYNTAX_ERROR] no")
    with pytest.raises(ZeroDivisionError), told_as_moved("silver.event"):
        _ = 1 // 0
