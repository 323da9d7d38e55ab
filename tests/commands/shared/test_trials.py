from dataclasses import replace
from pathlib import Path

from cdp_spark.commands.shared.trials import (
    TrialSource,
    permanent_commands,
    source_names,
    trial_folder,
)
from cdp_spark.launch import shipped_folder
from cdp_spark.settings import load

_ENTRY = "    - name: orders\n      format: csv\n      path: landing/orders\n      event: Bought\n"


def test_sources_are_named_after_their_files_and_their_names_differ() -> None:
    files = [Path(one) for one in ("Dernière 2026.csv", "orders.csv", "b/orders.jsonl", "7.csv.gz")]
    assert source_names(files) == ["derni_re_2026", "orders", "orders_2", "file_7"]
    assert source_names([Path("web.csv")], ["web"]) == ["web_2"]


def test_a_trial_is_a_project_of_the_files_alone_without_a_guessed_currency(tmp_path: Path) -> None:
    file = tmp_path / "my orders.csv"
    file.write_text("id,at\n1,2025-01-01\n")
    one = TrialSource(file, "orders", _ENTRY)
    usual = load(shipped_folder() / "conf")
    folder = trial_folder(shipped_folder(), usual, [one], {"country": "DE"})
    made = load(folder / "conf")
    assert [entry.name for entry in made.sources.entries] == ["orders"]
    assert (made.project.country, made.project.currency) == ("DE", "")
    assert "train_model" not in made.project.workflow
    assert made.features.days.count == 1  # nothing is trained
    assert (
        folder / "lake" / "landing" / "orders" / "my orders.csv"
    ).read_text() == file.read_text()
    first, second, third = permanent_commands(
        [one, replace(one, name="more")],
        {"country": "DE", "currency": "EUR", "time_zone": "Europe/Berlin"},
    )
    options = "--country DE --currency EUR --time-zone Europe/Berlin"
    assert first == f"cdp init my-project {options} && cd my-project"
    assert second.count(f"--sample '{file}' --write") == 2
    # The files go into the lake of the new project, wherever that of the current one is.
    assert third.endswith(" .lake/world/landing/more/ && cdp run")
