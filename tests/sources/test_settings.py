from typing import Any

import pytest
from pydantic import ValidationError

from cdp_spark.sources.settings import SourceSettings, SourcesSettings

_WEB: dict[str, Any] = {"name": "web", "format": "segment", "path": "landing/web"}


def test_a_source_needs_a_name_a_format_and_a_path_only() -> None:
    source = SourceSettings(**_WEB)
    assert (source.trust, source.columns, source.identifiers) == (50, {}, {})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "Web Shop"}, "pattern"),
        ({"path": ""}, "at least 1 character"),
        ({"trust": 101}, "less than or equal to 100"),
        ({"trust": "50"}, "valid integer"),
        ({"colums": {}}, "not permitted"),
        ({"columns": {"event_idd": "id"}}, r"unknown event fields \['event_idd'\]; known are"),
        ({"columns": {"event_id": "id?"}}, r"can't be asked for: \['id\?'\]"),
        ({"identifiers": {"email": """it's "so\""""}}, "can't be asked for"),
        ({"identifiers": {"email": ""}}, "can't be asked for"),
        ({"reading": {"encodin": "utf-8"}}, "not permitted"),
    ],
)
def test_what_does_not_fit_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        SourceSettings(**_WEB | change)


def test_two_sources_cannot_have_one_name() -> None:
    web = SourceSettings(**_WEB)
    with pytest.raises(ValidationError, match=r"same name: \['web'\]"):
        SourcesSettings(entries=(web, web))
    with pytest.raises(ValidationError, match="at least 1 item"):
        SourcesSettings(entries=())
