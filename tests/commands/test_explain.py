import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cdp_spark.commands.main import app
from cdp_spark.settings import SettingsInvalid
from tests.commands.stewarded import Stewarded


def explained(shop: Stewarded, *words: str) -> Any:
    found = CliRunner().invoke(app, ["explain", *words, "--lake", str(shop.root), "--json"])
    if found.exception and not isinstance(found.exception, SystemExit):
        raise found.exception
    assert "shop.org" not in found.stdout
    return json.loads(found.stdout)


def test_the_path_of_evidence_between_two_identifiers_is_shown(shop: Stewarded) -> None:
    found = explained(shop, "edge", "loyalty_id:CARD", "user_id:7")
    assert found["is_one_customer"]
    assert [(step["rule"], step["event_count"], step["state"]) for step in found["path"]] == [
        ("seen_together", 1, "live")
    ]


def test_the_path_is_shown_in_a_terminal_of_80_columns(shop: Stewarded) -> None:
    command = ["explain", "edge", "loyalty_id:CARD", "user_id:7", "--lake", str(shop.root)]
    shown = CliRunner().invoke(app, command).stderr
    assert max(len(line) for line in shown.splitlines()) <= 80
    assert "…" not in shown
    assert "seen_together" in shown
    assert shown.count("loyalty_id") == 2  # its owner, and in the path


def test_what_separates_two_identifiers_is_shown_with_the_reason(shop: Stewarded) -> None:
    found = explained(shop, "edge", "user_id:7", "user_id:8")
    assert not found["is_one_customer"]
    assert found["path"] == []
    reasons = {step["reason"] for step in found["not_followed"]}
    assert reasons == {"would give one customer two of a unique kind"}
    unseen = explained(shop, "edge", "user_id:7", "email:who@shop.org")
    assert unseen["identifiers"][1]["reason"] == "no event shows it"


def test_a_customer_is_found_by_id_or_identifier(shop: Stewarded) -> None:
    by_name = explained(shop, "customer", "user_id:7")
    assert explained(shop, "customer", by_name["customer_id"]) == by_name
    kinds = sorted(one["identifier"].split()[0] for one in by_name["identifiers"])
    assert kinds == ["email", "loyalty_id", "user_id"]
    assert [one["change"] for one in by_name["changes"]] == ["minted"]
    assert by_name["weakest_evidence"][0]["confidence"] == pytest.approx(0.98)


def test_a_customer_is_shown_as_known_on_a_day(shop: Stewarded) -> None:
    with pytest.raises(SettingsInvalid, match="no event shows it"):
        explained(shop, "customer", "user_id:7", "--as-of", "2020-01-01")
    assert explained(shop, "customer", "user_id:7", "--as-of", "2099-01-01")["identifiers"]


def test_an_unknown_customer_is_one_clear_error(shop: Stewarded, tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match="no such customer"):
        explained(shop, "customer", "0" * 32)
    with pytest.raises(SettingsInvalid, match="no event shows it"):
        explained(shop, "customer", "user_id:99")
    shown = CliRunner().invoke(app, ["explain", "customer", "user_id:8", "--lake", str(shop.root)])
    assert "History of the id" in shown.stderr
    shown = CliRunner().invoke(
        app, ["explain", "edge", "user_id:7", "user_id:8", "--lake", str(shop.root)]
    )
    assert "not one customer" in shown.stderr
