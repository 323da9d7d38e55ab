from pathlib import Path

import pytest

from cdp_spark.settings import SettingsInvalid, load, settings_hash
from tests.settings.conftest import faults_of, spoil

_CONF = Path(__file__).parents[2] / "conf"


def test_the_settings_of_the_project_and_of_its_profile_load() -> None:
    base, retail = load(_CONF), load(_CONF, "retail")
    assert (base.project.name, retail.project.name) == ("world", "retail")
    assert settings_hash(base) == settings_hash(load(_CONF)) != settings_hash(retail)


def test_a_profile_overrides_key_by_key_and_lists_whole() -> None:
    base, retail = load(_CONF), load(_CONF, "retail")
    assert retail.project.workflow == base.project.workflow
    assert retail.project.lake == ".lake/retail"
    assert [source.name for source in base.sources.entries] == ["web"]
    assert "web" not in [source.name for source in retail.sources.entries]
    churn = retail.models.specs["churn"]
    assert (churn.label, len(churn.train_on)) == (base.models.specs["churn"].label, 8)
    assert retail.features.days.every_days == base.features.days.every_days
    assert retail.features.event_names == ()


def test_all_faults_are_listed_with_file_key_expected_and_found(conf: Path) -> None:
    spoil(conf / "world.yaml", "people: 600", "people: many")
    spoil(conf / "world.yaml", "churn: 0.35", "churn: 1.5")
    spoil(conf / "gold.yaml", "session_gap_minutes:", "session_gap_hours:")
    spoil(conf / "identity.yaml", "priority: 2", 'priority: "2"')
    spoil(conf / "project.yaml", "name: world", "name: [world]")
    (conf / "unknown.yaml").write_text("projects: {}\n")
    assert faults_of(conf) == [
        f"{conf}/gold.yaml: gold.session_gap_hours: unknown key, found 30",
        f"{conf}/identity.yaml: identity.identifiers.1.priority: Input should be a valid integer,"
        " found '2'",
        f"{conf}/project.yaml: project.name: Input should be a valid string, found ['world']",
        f"{conf}/unknown.yaml: projects: unknown key, found {{}}",
        f"{conf}/world.yaml: world.churn: Input should be less than or equal to 1, found 1.5",
        f"{conf}/world.yaml: world.people: Input should be a valid integer, found 'many'",
    ]


def test_a_fault_names_the_file_that_set_the_key(conf: Path) -> None:
    """The profile overrides another key of the section, the base set the wrong one."""
    spoil(conf / "models.yaml", "min_outcomes: 30", "min_outcomes: few")
    spoil(conf / "retail" / "models.yaml", "churn:", "churn:\n      horizon_days: none")
    (first, second) = faults_of(conf, "retail")
    assert first.startswith(f"{conf}/models.yaml: models.min_outcomes: ")
    assert second.startswith(f"{conf}/retail/models.yaml: models.specs.churn.horizon_days: ")


def test_a_missing_key_is_listed_with_the_file_of_its_section(conf: Path) -> None:
    spoil(conf / "project.yaml", "workflow:", "work_flow:")
    (conf / "sources.yaml").unlink()
    assert [line.split(", found")[0] for line in faults_of(conf)] == [
        f"{conf}/project.yaml: project.work_flow: unknown key",
        f"{conf}/project.yaml: project.workflow: Field required",
        f"{conf}/sources.yaml: sources: Field required",
    ]


@pytest.mark.parametrize(
    "text", ["world: {seed: 7", "world:\n\tseed: 7\n", "!!python/name:os.x {}"]
)
def test_invalid_yaml_is_listed_with_its_line(conf: Path, text: str) -> None:
    (conf / "world.yaml").write_text(text)
    faults = [
        line for line in faults_of(conf) if line.startswith(f"{conf}/world.yaml: expected YAML: ")
    ]
    assert len(faults) == 1
    assert "line 1" in faults[0] or "line 2" in faults[0]


def test_a_file_that_is_no_text_or_no_sections_is_refused(conf: Path) -> None:
    (conf / "gold.yaml").write_bytes(b"gold: \xff")
    (conf / "reports.yaml").write_text("- reports\n")
    (conf / "empty.yaml").write_text("# nothing\n")
    faults = "\n".join(faults_of(conf))
    assert f"{conf}/gold.yaml: expected YAML: " in faults
    assert f"{conf}/reports.yaml: expected section names at the top level, found list" in faults
    assert "empty.yaml" not in faults


@pytest.mark.parametrize("profile", ["retial", "spark", ".."])
def test_an_unknown_profile_is_refused_with_those_there_are(profile: str) -> None:
    with pytest.raises(SettingsInvalid, match=rf"no profile '{profile}'; profiles are .*retail"):
        load(_CONF, profile)


def test_a_folder_without_settings_is_an_error(tmp_path: Path) -> None:
    assert f"{tmp_path}/project.yaml: project: Field required" in faults_of(tmp_path)
    with pytest.raises(SettingsInvalid, match="no profile 'retail'"):
        load(tmp_path / "nowhere", "retail")


def test_a_misplaced_value_in_a_connection_is_not_shown(conf: Path) -> None:
    (conf / "sources.yaml").write_text(
        "sources: {entries: [{name: shop, format: table, table: {pasword: hunter2, "
        "url: 'jdbc:postgresql://h/d?password=hunter2', password: hunter2}}, "
        "{name: web, format: table, path: here, table: {password: hunter2}, kafka: hunter2}]}"
    )
    found = "\n".join(faults_of(conf))
    assert "hunter2" not in found
    assert "table.password: expected ${env:NAME} or ${file:PATH}" in found
    assert "table.pasword: unknown key" in found


def test_one_invalid_key_of_a_source_is_one_fault(conf: Path) -> None:
    spoil(conf / "sources.yaml", "trust: 60", "trusted: 60")
    (fault,) = faults_of(conf)
    assert "sources.entries.0.trusted: unknown key" in fault


def test_what_was_found_is_said_once(conf: Path) -> None:
    spoil(conf / "activation.yaml", "kind: csv", "kind: csvv")
    assert faults_of(conf) == [
        f"{conf}/activation.yaml: activation.destinations.crm_csv.kind: "
        "expected one of csv, found 'csvv'"
    ]


def test_rates_come_from_a_table_beside_the_settings(conf: Path) -> None:
    table = "\ufeffday,currency,rate\n2026-11-20,USD,0.91\n\n2026-11-20,TRY,0.021\n"
    (conf / "currencies.csv").write_text(table, encoding="utf-8")
    assert load(conf).currencies.rates == ("2026-11-20,USD,0.91", "2026-11-20,TRY,0.021")
    (conf / "currencies.csv").write_text("2026-11-20;USD;0.91\n", encoding="utf-8")
    with pytest.raises(SettingsInvalid, match=r"currencies\.csv: currencies\.rates"):
        load(conf)
    (conf / "currencies.csv").write_bytes(
        "day,currency,rate\n2026-11-20,TRY,0.02 ₺".encode("utf-16")
    )
    with pytest.raises(SettingsInvalid, match=r"currencies\.csv: expected UTF-8"):
        load(conf)
