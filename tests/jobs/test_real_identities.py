"""Identifiers as real senders give them, from files to customers: one lake for all tests."""

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from cdp_spark.lake import Lake
from cdp_spark.launch import Options, job_named, run_job
from cdp_spark.semantics.ownership import current_links
from cdp_spark.settings import Settings, load
from cdp_spark.sources.settings import SourceSettings, SourcesSettings
from cdp_spark.tables.gold import ACCOUNT, ACCOUNT_MEMBER, CUSTOMER, ORDER
from cdp_spark.tables.identity import IDENTIFIER, LINK
from cdp_spark.tables.silver import SIGHTING
from tests.jobs.worlds import PROJECT, lake_of, prepared

_DAY = date(2026, 11, 28)
_STEPS = ("ingest_events", "refine_events", "resolve_identities", "build_customers")


def _call(kind: str, minute: int, **fields: Any) -> dict[str, Any]:
    return {"type": kind, "timestamp": f"2026-11-20T10:{minute:02d}:00Z", **fields}


def _identify(email: str = "", phone: str = "", **ids: str) -> dict[str, Any]:
    traits = {name: value for name, value in (("email", email), ("phone", phone)) if value}
    return _call("identify", 0, **ids, traits=traits)


def _alias(previous: str, now: str, minute: int = 1) -> dict[str, Any]:
    return _call("alias", minute, previousId=previous, userId=now)


def _order(name: str, total: float, **ids: str) -> dict[str, Any]:
    return _call("track", 5, event=name, properties={"order_id": "o-1", "total": total}, **ids)


# Source → its records. The source is also the namespace, but for crm and its app.
_SENT: dict[str, list[dict[str, Any]]] = {
    "crm": [
        _identify("one@posta.invalid", userId="500"),
        _identify("both@posta.invalid", userId="501"),
        _order("Order Completed", 100, userId="500"),
    ],
    "crm_app": [_identify(phone="+905321110001", userId="500"), _order("Order Refunded", 30)],
    "till": [
        _identify("two@posta.invalid", userId="500"),
        _identify("both@posta.invalid", userId="900"),
        _order("Order Completed", 7, userId="500"),
    ],
    "renamed": [
        _identify("ada@posta.invalid", userId="ada-old"),
        _alias("ada-old", "ada-new"),
        _identify(phone="+905321110002", userId="ada-new"),
    ],
    "chain": [
        _alias("c2", "c3", minute=2),
        _alias("c1", "c2"),
        _identify("c1@posta.invalid", userId="c1"),
        _identify(phone="+905321110003", userId="c3"),
    ],
    "visitor": [_alias("visitor-7", "v7"), _identify(anonymousId="visitor-7"), _alias("v7", "v7")],
    "shared": [
        _identify("two@ofis.invalid", userId="s1"),
        _identify("two@ofis.invalid", userId="s2"),
    ],
    "mailbox": [
        _identify("team@ofis.invalid", f"+9053211101{n:02d}", anonymousId=f"m{n}") for n in range(9)
    ],
    "switchboard": [
        _identify(f"p{n}@ofis.invalid", "+902125550104", anonymousId=f"s{n}") for n in range(7)
    ],
    "screens": [_identify("wall@ofis.invalid", anonymousId=f"w{n}") for n in range(30)],
    "person": [
        _identify("many@posta.invalid", f"+9053211102{n % 3:02d}", anonymousId=f"d{n}")
        for n in range(8)
    ],
    "placeholder": [
        _identify(word, word, userId=word, anonymousId=f"n{n}")
        for n, word in enumerate((" NULL", "n/a", "{{user.id}}", "00000000", "\\N", "Not Set"))
    ],
    "firm": [
        _identify("a@firma.invalid", anonymousId="fa"),
        _call("group", 1, anonymousId="fa", groupId="f",
              traits={"email": "office@firma.invalid", "phone": "+902125550105", "name": "F"}),
        _identify("b@firma.invalid", anonymousId="fb"),
        _call("group", 1, anonymousId="fb", groupId="f", traits={"email": "office@firma.invalid"}),
        _call("group", 2, anonymousId="fb", groupId="f", traits={"phone": "+902125550105"}),
        _identify("c@firma.invalid", anonymousId="fc"),
    ],
}  # fmt: skip


@dataclass
class _Found:
    """The lake, and the customers of each source with the kinds they have."""

    lake: Lake
    customers: dict[str, dict[str, list[str]]]

    def count(self, source: str) -> int:
        return len(self.customers[source])


@pytest.fixture(scope="module")
def found(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> _Found:
    root = prepared(tmp_path_factory.mktemp("identities") / "lake")
    settings = _settings(root)
    for name, records in _SENT.items():
        folder = root / "landing" / name
        folder.mkdir(parents=True)
        lines = [json.dumps({"messageId": f"{name}-{n}", **one}) for n, one in enumerate(records)]
        (folder / "a.jsonl").write_text("\n".join(lines) + "\n")
    for step in _STEPS:
        assert run_job(job_named(step, PROJECT), spark, settings, Options(_DAY)).code == 0
    lake = lake_of(spark, root, _DAY)
    seen = lake.read(SIGHTING).select("source", "identifier_key").distinct()
    links = current_links(lake.read(LINK)).join(seen, on="identifier_key", how="inner")
    rows = links.groupBy("source", "customer_id").agg(
        F.sort_array(F.collect_list("kind")).alias("kinds")
    )
    customers: dict[str, dict[str, list[str]]] = {name: {} for name in _SENT}
    for row in rows.collect():
        customers[row["source"]][row["customer_id"]] = row["kinds"]
    return _Found(lake, customers)


def _settings(root: Path) -> Settings:
    settings = load(PROJECT / "conf")
    entries = tuple(
        SourceSettings(name=name, format="segment", path=f"landing/{name}",
                       namespace="crm" if name.startswith("crm") else "")
        for name in _SENT
    )  # fmt: skip
    project = settings.project.model_copy(update={"lake": str(root)})
    sources = SourcesSettings(entries=entries)
    return settings.model_copy(update={"project": project, "sources": sources})


def test_an_id_names_somebody_within_its_namespace(found: _Found) -> None:
    crm, app, till = (set(found.customers[name]) for name in ("crm", "crm_app", "till"))
    assert len(crm) == 2  # 500 and 501
    assert app < crm
    assert len(crm & till) == 1  # 501 and 900 are one person with one address
    both = (crm & till).pop()
    assert found.customers["crm"][both] == ["email", "user_id"]
    assert len(crm | till) == 3


def test_a_refund_of_another_source_of_the_namespace_finds_its_order(found: _Found) -> None:
    rows = found.lake.read(ORDER).collect()
    assert {row["source"]: (float(row["amount"]), float(row["net_amount"])) for row in rows} == {
        "crm": (100.0, 70.0), "till": (7.0, 7.0),
    }  # fmt: skip


def test_an_alias_call_joins_what_it_names(found: _Found) -> None:
    for source, users in (("renamed", 2), ("chain", 3), ("visitor", 1)):
        [kinds] = found.customers[source].values()
        assert kinds.count("user_id") == users, source
    assert found.count("shared") == 2  # one address alone makes no two users one


def test_an_address_or_number_that_many_use_is_generic(found: _Found) -> None:
    assert [found.count(name) for name in ("mailbox", "switchboard", "screens")] == [9, 7, 30]
    generic = found.lake.read(IDENTIFIER).where("role = 'generic' and kind in ('email', 'phone')")
    reasons = {(row["kind"], row["reason"]) for row in generic.collect()}
    assert reasons == {
        ("email", "shared by more than 5 phone"),
        ("email", "shared by more than 24 anonymous_id"),
        ("phone", "shared by more than 4 email"),
    }
    assert found.count("person") == 1


def test_a_placeholder_identifies_no_customer(found: _Found) -> None:
    assert list(found.customers["placeholder"].values()) == [["anonymous_id"]] * 6


def test_traits_of_a_group_call_are_not_the_persons(found: _Found) -> None:
    assert list(found.customers["firm"].values()) == [["anonymous_id", "email"]] * 3
    rows = found.lake.read(CUSTOMER).where("email like '%@firma.invalid'").collect()
    assert sorted((row["email"], row["phone"]) for row in rows) == [
        ("a@firma.invalid", None), ("b@firma.invalid", None), ("c@firma.invalid", None),
    ]  # fmt: skip


def test_a_group_call_names_an_account_and_its_members(found: _Found) -> None:
    [account] = found.lake.read(ACCOUNT).collect()
    assert (account["account_id"], account["name"]) == ("f", "F")
    assert (account["event_count"], account["member_count"]) == (3, 2)
    members = {
        row["customer_id"]: row["member_from"] for row in found.lake.read(ACCOUNT_MEMBER).collect()
    }
    assert set(members) < set(found.customers["firm"])
    assert len(members) == 2
