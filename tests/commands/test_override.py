import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cdp_spark.commands.main import app
from cdp_spark.settings import SettingsInvalid
from cdp_spark.tables.identity import DECISION
from tests.commands.stewarded import DAY, Stewarded, stewarded
from tests.jobs.worlds import lake_of


def invoked(shop: Stewarded, *words: str) -> Result:
    found = CliRunner().invoke(app, [*words, "--lake", str(shop.root)])
    if found.exception and not isinstance(found.exception, SystemExit):
        raise found.exception
    return found


def test_what_is_decided_holds_in_the_next_run_until_it_is_withdrawn(
    shop: Stewarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CDP_STEWARD", "maria")
    before = shop.customers()
    assert len(before) == 5
    names = ("user_id:7", "email: CEM@shop.org ")  # spelled as the rules do
    printed = invoked(shop, "override", "always", *names, "--reason", "called in").stderr
    decision = re.findall(r"decision ([0-9a-f]{32})", " ".join(printed.split()))[0]
    shop.resolved()
    assert len(shop.customers()) == 4
    assert "always" in invoked(shop, "override", "list").stderr
    lake = lake_of(shop.spark, shop.root, DAY.date())
    rows = lake.read(DECISION).collect()
    assert {(row.decision, row.decided_by, row.reason) for row in rows} == {
        ("always", "maria", "called in")
    }
    assert not any("shop.org" in str(row) for row in rows)

    invoked(shop, "override", "withdraw", decision, "--reason", "was another one")
    shop.resolved()
    assert sorted(shop.customers()) == sorted(before)
    with pytest.raises(SettingsInvalid, match="an active decision"):
        invoked(shop, "override", "withdraw", decision, "--reason", "again")


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["always", "user_id:7", "email:a@b.org"], "--reason"),
        (["always", "user_id:7", "--reason", "r"], "at least 2"),
        (["never", "user_id:7", "user_id: 7", "--reason", "r"], "at least 2"),
        (["bypass", "--reason", "r"], "at least 1"),
        (["bypass", "fax:7", "--reason", "r"], "expected KIND:VALUE"),
        (["bypass", "email:", "--reason", "r"], "expected KIND:VALUE"),
        (
            ["bypass", "user_id:null", "--reason", "r"],
            "identity.identifiers.user_id rejects the value",
        ),
        (["bypass", "user_id:7", "--reason", "r", "--until", "2020-01-01"], "has passed"),
        (["withdraw", "x", "--reason", "r"], "an active decision"),
    ],
)
def test_an_invalid_decision_is_rejected_without_showing_the_value(
    shop: Stewarded, words: list[str], error: str
) -> None:
    with pytest.raises(SettingsInvalid, match=re.escape(error)) as refused:
        invoked(shop, "override", *words)
    assert "a@b.org" not in str(refused.value)


def test_two_lake_folders_are_two_lakes(tmp_path: Path, shop: Stewarded) -> None:
    other = stewarded(shop.spark, tmp_path / "lake")
    assert other.customers() == []
