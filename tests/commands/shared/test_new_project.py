import shutil
from pathlib import Path

import pytest
import yaml

from cdp_spark.commands.shared.new_project import set_project, with_entry
from cdp_spark.launch import shipped_folder
from cdp_spark.settings import SettingsInvalid, load


def test_a_new_project_has_its_own_values_and_keeps_the_comments(tmp_path: Path) -> None:
    conf = shutil.copytree(shipped_folder() / "conf", tmp_path / "conf")
    set_project(
        conf,
        {
            "name": 'Ev "Bir" # 1',
            "country": "TR",
            "currency": "TRY",
            "time_zone": "Europe/Istanbul",
        },
    )
    found = load(conf)
    project = found.project
    assert (project.name, project.country, project.currency, project.time_zone) == (
        'Ev "Bir" # 1', "TR", "TRY", "Europe/Istanbul",
    )  # fmt: skip
    assert "# of totals" in (conf / "project.yaml").read_text()
    assert [one.country for one in found.sources.entries] == [""]


def test_empty_values_leave_the_settings_as_they_are_without_the_currency(tmp_path: Path) -> None:
    conf = shutil.copytree(shipped_folder() / "conf", tmp_path / "conf")
    before = load(conf).project
    set_project(conf, {"name": "", "country": "", "currency": "", "time_zone": ""})
    assert load(conf).project == before.model_copy(update={"currency": ""})
    assert "# of totals" in (conf / "project.yaml").read_text()
    (conf / "project.yaml").write_text("project: {}\n")
    with pytest.raises(SettingsInvalid, match="expected the key name"):
        set_project(conf, {"name": "x"})


_ENTRY = "    - name: new\n      reading:\n        zone: UTC\n"


@pytest.mark.parametrize(
    "text",
    [
        "sources:\n  entries:\n    - name: a\n      key:\n        - x\n",
        "sources:\n  entries:\n  - name: a\n    key:\n    - x\n    - y\n  longest_record: 5\n",
        "sources:\n  longest_record: 5\n  entries:  # all\n  # the first\n  - name: a\n\n# end\n",
        "sources:\n    entries:\n        -   name: a\n            key: [x]\n    longest_record: 5",
    ],
)
def test_an_entry_is_indented_as_the_others(text: str) -> None:
    before = yaml.safe_load(text)["sources"]
    after = yaml.safe_load(with_entry(text, _ENTRY, Path("sources.yaml")))["sources"]
    assert after.pop("entries") == [*before.pop("entries"),
                                    {"name": "new", "reading": {"zone": "UTC"}}]  # fmt: skip
    assert after == before


def test_an_entry_stands_above_the_comment_of_the_next_key() -> None:
    above = "sources:\n  entries:\n    - name: a\n      # more of a\n    # - name: b\n"
    below = "\n  # In bytes.\n  longest_record: 5\n"
    assert with_entry(above + below, _ENTRY, Path("sources.yaml")) == above + _ENTRY + below


def test_entries_in_brackets_are_left_to_the_reader() -> None:
    with pytest.raises(SettingsInvalid, match="paste the entry"):
        with_entry("sources: {entries: [{name: a}]}\n", _ENTRY, Path("sources.yaml"))
