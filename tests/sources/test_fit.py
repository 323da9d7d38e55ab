import pytest

from cdp_spark.sources.fit import unfit_settings
from cdp_spark.sources.settings import SourceSettings

_KINDS = ("user_id", "email", "phone")


@pytest.mark.parametrize(
    ("settings", "faults"),
    [
        ({"format": "csv", "identifiers": {"phone": "tel"}, "columns": {"event_id": "no"}}, []),
        (
            {"format": "csv", "identifiers": {"phonee": "tel"}},
            ["identifiers: expected a kind of conf/identity.yaml, such as phone, found 'phonee'"],
        ),
        (
            {"format": "csv", "identifiers": {"zzz": "tel"}},
            [
                "identifiers: expected a kind of conf/identity.yaml, such as one of user_id, "
                "email, phone, found 'zzz'"
            ],
        ),
        (
            {"format": "stripe", "identifiers": {}, "event": "Paid"},
            [
                "event: has no effect on format stripe; remove it (used: none)",
                "identifiers: has no effect on format stripe; remove it (used: none)",
            ],
        ),
        (
            {"format": "csv", "columns": {"event_id": "No", "order_id": "NO"}},
            ["columns: NO and No name one column; use one spelling everywhere"],
        ),
        ({"format": "document", "event": "Letter"}, []),
        ({"format": "cloudevents", "columns": {"amount": "data.sum"}}, []),
    ],
)
def test_settings_fit_their_format(settings: dict[str, object], faults: list[str]) -> None:
    source = SourceSettings.model_validate({"name": "x", "path": "x"} | settings)
    assert list(unfit_settings(source, _KINDS)) == faults
