from typing import Any

from cdp_spark.reports.small_groups import Cells, small_groups_hidden


def counts(**persons: int) -> list[dict[str, Any]]:
    return [{"name": name, "customer_count": count} for name, count in persons.items()]


def shown(rows: list[dict[str, Any]], cells: Cells | None = None) -> dict[str, int | None]:
    kept = small_groups_hidden(rows, cells or Cells(()), 5)
    return {row["name"]: row["customer_count"] for row in kept}


def test_a_group_of_four_is_hidden_and_one_of_five_is_not() -> None:
    assert shown(counts(a=5, b=6)) == {"a": 5, "b": 6}
    assert shown(counts(a=4, b=4, c=9)) == {"a": None, "b": None, "c": 9}


def test_a_hidden_cell_cannot_be_found_by_subtraction() -> None:
    assert shown(counts(a=100, b=3, c=40)) == {"a": 100, "b": None, "c": None}
    assert shown(counts(a=100, b=1, c=1, d=7)) == {"a": 100, "b": None, "c": None, "d": None}


def test_no_rows_stay_no_rows() -> None:
    assert shown(counts(a=0, b=10)) == {"a": 0, "b": 10}
    assert small_groups_hidden([], Cells(()), 5) == ()


def test_groups_with_different_totals_are_hidden_separately() -> None:
    rows = [
        {"name": "a", "place": "x", "customer_count": 2},
        {"name": "b", "place": "x", "customer_count": 9},
        {"name": "c", "place": "y", "customer_count": 9},
    ]
    assert shown(rows, Cells((), within=("place",))) == {"a": None, "b": None, "c": 9}


def test_the_figures_of_a_hidden_row_go_with_it() -> None:
    rows = [{"week": 1, "amount": 70, "customer_count": 1}]
    assert small_groups_hidden(rows, Cells(("amount",)), 5) == (
        {"week": 1, "amount": None, "customer_count": None},
    )
