from pathlib import PurePath

import pytest

from tests.tiers import TIERS, tier_of


@pytest.mark.parametrize(
    ("path", "fixtures", "marks", "tier"),
    [
        ("values/test_email.py", [], [], "unit"),
        ("values/test_email.py", ["spark"], [], "spark"),
        ("lake/test_lake.py", ["lake", "spark"], [], "spark"),
        ("jobs/test_resolve_identities.py", ["spark"], [], "job"),
        ("test_notebooks.py", ["spark"], ["parametrize"], "job"),
        ("jobs/test_ingest_kafka.py", ["spark", "broker"], [], "system"),
        ("commands/test_run.py", ["spark"], ["cluster"], "system"),
        ("faults/test_soak.py", ["spark"], ["cluster", "soak"], "soak"),
    ],
)
def test_the_tier_follows_from_folder_fixtures_and_marks(
    path: str, fixtures: list[str], marks: list[str], tier: str
) -> None:
    assert tier_of(PurePath(path), fixtures, marks) == tier


def test_every_test_has_one_tier(request: pytest.FixtureRequest) -> None:
    marks = [{mark.name for mark in item.iter_markers()} for item in request.session.items]
    assert {len(one & set(TIERS)) for one in marks} == {1}
