from pathlib import Path

from cdp_spark.settings import Settings
from tests.settings.conftest import faults_of, spoil


def test_every_key_is_in_the_exported_schema_with_its_meaning() -> None:
    schema = Settings.model_json_schema()
    assert set(schema["required"]) == set(Settings.model_fields)
    for name, model in schema["$defs"].items():
        assert model.get("description") or "enum" in model, name
        for key, field in model.get("properties", {}).items():
            # A group of keys is described by the docstring of its model.
            assert field.get("description") or "$ref" in field, f"{name}.{key} has no description"


def test_a_destination_of_an_unknown_segment_is_refused(conf: Path) -> None:
    spoil(conf / "activation.yaml", "segment: win_back", "segment: win_bakc")
    (fault,) = faults_of(conf)
    assert fault.endswith(
        "activation.destinations.crm_csv.segment: expected one of win_back, found 'win_bakc'"
    )


def test_a_rule_over_a_trait_or_model_that_will_never_be_there_is_refused(conf: Path) -> None:
    spoil(conf / "audiences.yaml", "trait: order_count", "trait: orders_count_30d")
    spoil(conf / "audiences.yaml", "score_decile: churn", "score_decile: clv")
    churn = "churn: {label: churn_30d, horizon_days: 30, test_count: 3}"
    (conf / "models.yaml").write_text(f"models:\n  specs:\n    {churn}\n")
    (fault,) = faults_of(conf)
    for part in (
        "audiences.segments.win_back.rule.trait: expected a trait of features, such as "
        "order_count_30d",
        "found 'orders_count_30d'",
        "audiences.segments.win_back.rule.score: expected one of churn, found 'clv'",
        "models.specs.churn.label: expected one of churn_28d",
        "found 'churn_30d'",
    ):
        assert part in fault


def test_sources_of_unknown_formats_and_options_without_effect_are_refused(conf: Path) -> None:
    (conf / "sources.yaml").write_text(
        "sources:\n"
        "  entries:\n"
        "    - {name: a, format: unknown, path: a}\n"
        "    - {name: b, format: fixed, path: b, reading: {sheet: S, encoding: windows-1254}}\n"
        "    - {name: c, format: segment, path: c, reading: {encoding: utf-16}}\n"
        "    - {name: d, format: csv, path: d, reading: {delimiter: ;, encoding: utf-16}}\n"
    )
    (fault,) = faults_of(conf)
    assert "sources.entries.0.format: expected one of avro, " in fault
    for part in (
        "found 'unknown'",
        "sources.entries.1.reading.sheet: has no effect on layout fixed; remove it",
        "sources.entries.1.reading.widths: required for layout fixed; set it",
        "sources.entries.2.reading.encoding: has no effect on layout lines; remove it",
    ):
        assert part in fault
    assert "entries.3" not in fault


def test_what_a_format_ignores_and_unknown_identifiers_are_refused_before_spark(
    conf: Path,
) -> None:
    (conf / "sources.yaml").write_text(
        "sources:\n"
        "  entries:\n"
        "    - {name: web, format: segment, path: w, columns: {event_id: id}, event: Seen}\n"
        "    - {name: shop, format: csv, path: s, identifiers: {phonee: tel, e-mail: mail}}\n"
        "    - {name: feed, format: segment, path: f, reading: {decimal: ','}}\n"
    )
    (text,) = {"\n".join(faults_of(conf))}
    assert "sources.entries.0.columns: has no effect on format segment; remove it" in text
    assert "sources.entries.0.event: has no effect on format segment" in text
    assert "such as phone, found 'phonee'" in text
    assert "such as email, found 'e-mail'" in text
    assert "sources.entries.2.reading.decimal: has no effect" in text
