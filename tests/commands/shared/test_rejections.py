"""What is printed about rejections, and when it makes a run exit 5."""

from io import StringIO

from rich.console import Console

from cdp_spark.commands.shared.rejections import (
    Rejections,
    named,
    next_steps,
    show_rejections,
)

_FILE = {"source": "shop", "file": "a.csv", "batch": 1, "record_count": 9, "accepted_count": 8,
         "rejected_count": 1, "duplicate_count": 0}  # fmt: skip
_GROUP = {"source": "shop", "reason": "missing_id", "detail": "id", "record_count": 1,
          "example": "9;xxx"}  # fmt: skip
_TORN = {"source": "till", "file": "torn.csv.gz", "reason": "broken_archive", "batch": 2}
_SOME = Rejections((_FILE,), (_GROUP,), (_TORN,), received_count=100)


def test_an_address_in_the_name_of_a_file_is_masked() -> None:
    assert named("inbox/ana@shop.example/1.eml") == "inbox/x@x/1.eml"


def test_the_table_names_source_file_counts_reason_example_and_next_command() -> None:
    out = StringIO()
    show_rejections(_SOME, Console(file=out, width=120))
    shown = out.getvalue()
    for word in ("a.csv", "missing_id", "9;xxx", "torn.csv.gz", "broken_archive", "1 whole"):
        assert word in shown
    assert "after a fix: cdp replay --source shop --reason missing_id" in shown
    assert "till, broken_archive: copy or download the file again, whole" in shown
    assert next_steps(_SOME)[-1].startswith("to not see these again: cdp rejected --dismiss")


def test_a_file_of_which_nothing_was_accepted_is_above_any_limit_but_one() -> None:
    few = Rejections((_FILE,), (_GROUP,), (), received_count=100)
    nothing = Rejections((_FILE | {"accepted_count": 0},), (_GROUP,), (), received_count=100)
    assert [one.is_above(0.05) for one in (few, nothing, _SOME)] == [False, True, True]
    assert [one.is_above(0.001) for one in (few, nothing, _SOME)] == [True, True, True]
    assert not any(one.is_above(1.0) for one in (few, nothing, _SOME, Rejections()))


def test_one_source_or_reason_can_be_chosen() -> None:
    assert _SOME.only("till").groups == []
    assert _SOME.only(reason="missing_id").files == []
    assert _SOME.only("shop").counted() == "1 records and 0 files"
    assert [one["reason"] for one in _SOME.as_json()] == ["missing_id", "broken_archive"]


def test_brackets_in_data_are_printed_as_they_are() -> None:
    """`[/xxxx]` closes a style in rich's markup, and `[bold]` opens one."""
    group = _GROUP | {"detail": "[/id]", "example": "[/xxxx/xxxx];[bold] x"}
    found = Rejections((_FILE | {"file": "[red]/[/home].csv"},), (group,), (_TORN,))
    out = StringIO()
    show_rejections(found, Console(file=out, width=120))
    for text in ("[/id]", "[/xxxx/xxxx];[bold] x", "[red]/[/home].csv"):
        assert text in out.getvalue()
