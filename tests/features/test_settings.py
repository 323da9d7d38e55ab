"""Settings of features."""

import json

import pytest
from pydantic import ValidationError

from cdp_spark.features.settings import FeaturesSettings, LabelSettings, count_name


def test_days_are_read_from_text() -> None:
    given = json.dumps({"days": {"listed": ["2017-06-19"]}, "windows_days": [7, 112]})
    assert FeaturesSettings.model_validate_json(given).days.listed[0].isoformat() == "2017-06-19"


def test_a_label_that_hides_its_window_is_refused() -> None:
    with pytest.raises(ValidationError, match="expected an ending _28d"):
        LabelSettings(name="churn", kind="inactive", horizon_days=28)


def test_two_labels_of_one_name_are_refused() -> None:
    label = LabelSettings(name="churn_28d", kind="inactive", horizon_days=28)
    with pytest.raises(ValidationError, match="labels: expected different names"):
        FeaturesSettings(labels=(label, label))


def test_two_events_that_would_share_a_column_are_refused() -> None:
    with pytest.raises(ValidationError, match="event names: expected different names"):
        FeaturesSettings(event_names=("Product Viewed", "product_viewed"))


def test_an_event_counts_under_a_plain_name() -> None:
    assert count_name("Product Viewed (App)") == "product_viewed_app_count"
