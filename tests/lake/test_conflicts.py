import pytest
from pyspark.errors import PySparkException

from cdp_spark.lake import TableMoved
from cdp_spark.lake.conflicts import conflict_errors


@pytest.mark.parametrize(
    "name", ["DELTA_CONCURRENT_APPEND.NO_HINT", "DELTA_PROTOCOL_CHANGED", "DELTA_METADATA_CHANGED"]
)
def test_a_conflict_is_one_sentence_without_values(name: str) -> None:
    with pytest.raises(TableMoved, match=r"silver.event: DELTA_\w+: .*; run again") as raised:  # noqa: SIM117
        with conflict_errors("silver.event"):
            raise PySparkException(f"[{name}] files were added: {{email=a@b.org}}")
    assert "a@b.org" not in str(raised.value)


def test_any_other_error_is_left_as_it_is() -> None:
    with pytest.raises(PySparkException, match="PARSE"), conflict_errors("silver.event"):
        raise PySparkException("[PARSE_SYNTAX_ERROR] no")
    with pytest.raises(ZeroDivisionError), conflict_errors("silver.event"):
        _ = 1 // 0
