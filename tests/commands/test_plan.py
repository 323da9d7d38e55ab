import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cdp_spark.commands.main import app
from cdp_spark.commands.shared import project
from cdp_spark.identity.settings import BlastRadius
from cdp_spark.lake import ContractBroken
from cdp_spark.settings import Settings, SettingsInvalid, load
from cdp_spark.tables.gold import CUSTOMER
from cdp_spark.tables.sample import sample
from tests.commands.stewarded import DAY, Stewarded
from tests.jobs.worlds import lake_of


def test_a_plan_of_some_steps_names_them_in_order_with_their_profile() -> None:
    arguments = ["plan", "--conf", "retail", "--select", "build_audiences+"]
    lines = CliRunner().invoke(app, arguments).stdout.splitlines()
    steps = ("build_audiences", "activate_audience", "build_reports")
    assert [step for line, step in zip(lines, steps, strict=True) if f"jobs/{step}.py" in line]
    assert all("--conf retail --as-of DAY" in line for line in lines)


@pytest.fixture(scope="module")
def planned(shop: Stewarded) -> Stewarded:
    """Ana has two customers in gold; an event that joins them has come, and is not resolved."""
    shop.lands("user_id:7 phone:05551112233")
    lake = lake_of(shop.spark, shop.root, DAY.date())
    names = {"first_name": "Ana", "last_name": "Silva", "email": "ana@shop.org"}
    rows = [{"customer_id": customer, **names} for customer in shop.customers()]
    lake.merge(CUSTOMER, sample(shop.spark, CUSTOMER, *rows))
    return shop


def _planned(planned: Stewarded, *words: str) -> Result:
    return CliRunner().invoke(app, ["plan", "identity", "--lake", str(planned.root), *words])


def _narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """One customer at most may change unasked, in every profile."""
    given = load

    def narrow(conf: Path, profile: str = "") -> Settings:
        settings = given(conf, profile)
        radius = BlastRadius(max_profiles_changed=0.0, least=0)
        merge = settings.identity.merge.model_copy(update={"blast_radius": radius})
        identity = settings.identity.model_copy(update={"merge": merge})
        return settings.model_copy(update={"identity": identity})

    monkeypatch.setattr(project, "load", narrow)


def test_a_plan_of_identity_shows_the_changes_and_makes_none(planned: Stewarded) -> None:
    before = planned.customers()
    found = _planned(planned, "--json")
    changes = json.loads(found.stdout)
    assert (changes["merged"], changes["split"], changes["customers"], changes["known"]) == (
        1,
        0,
        1,
        5,
    )
    assert changes["is_allowed"]
    assert changes["downstream"] == {"gold.customer": 2}
    assert [(one["change"], one["from"]) for one in changes["examples"]] == [
        ("merged", "A••• S•••")
    ]
    assert "ana@shop.org" not in found.stdout
    assert planned.customers() == before


def test_above_the_blast_radius_nothing_is_published_until_somebody_allows_it(
    planned: Stewarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    _narrow(monkeypatch)
    before = planned.customers()
    assert isinstance(_planned(planned).exception, ContractBroken)
    radius = BlastRadius(max_profiles_changed=0.0, least=0)
    merge = planned.settings.identity.merge.model_copy(update={"blast_radius": radius})
    identity = planned.settings.identity.model_copy(update={"merge": merge})
    strict = Stewarded(
        planned.spark, planned.root, planned.settings.model_copy(update={"identity": identity})
    )
    with pytest.raises(ContractBroken, match=r"1 of 5 customers.*cdp plan identity --confirm"):
        strict.resolved()
    assert planned.customers() == before

    assert isinstance(_planned(planned, "--confirm").exception, SettingsInvalid)
    allowed = _planned(planned, "--confirm", "--reason", "the event is right")
    assert allowed.exception is None
    strict.resolved()
    assert len(planned.customers()) == 4
