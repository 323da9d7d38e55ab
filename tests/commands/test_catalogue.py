import json

import pytest
from typer.testing import CliRunner

from cdp_spark.commands.main import app
from cdp_spark.settings import SettingsInvalid
from cdp_spark.tables.catalogue import TABLES, catalogue_page


def test_tables_are_listed_and_one_is_shown_with_its_columns() -> None:
    listed = CliRunner().invoke(app, ["catalogue"]).stdout
    assert all(name in listed for name in TABLES)
    shown = CliRunner().invoke(app, ["catalogue", "gold.customer"]).stdout
    assert "email" in shown
    assert "direct" in shown
    assert "gold.order" not in shown


def test_the_catalogue_is_also_json_and_the_page_of_the_docs() -> None:
    found = json.loads(CliRunner().invoke(app, ["catalogue", "--json"]).stdout)
    assert [one["table"] for one in found] == sorted(TABLES)
    assert CliRunner().invoke(app, ["catalogue", "--markdown"]).stdout == catalogue_page() + "\n"


def test_an_unknown_table_is_named_with_near_ones() -> None:
    found = CliRunner().invoke(app, ["catalogue", "gold.customers"])
    with pytest.raises(SettingsInvalid, match=r"'gold.customers'; did you mean gold.customer"):
        raise found.exception or AssertionError
