import re
from pathlib import Path

from cdp_spark.launch import job_named
from cdp_spark.tables.catalogue import TABLES, catalogue_page


def test_every_table_is_named_by_its_layer_and_made_from_tables_there_are() -> None:
    for name, table in TABLES.items():
        assert re.fullmatch(r"[a-z]+\.[a-z_]+", name), name
        assert {one.name for one in table.reads} <= set(TABLES)
        assert table.grain
        assert table.key


def test_a_table_is_made_from_tables_that_its_jobs_read() -> None:
    project = Path(__file__).parents[2]
    jobs = [job_named(file.stem, project) for file in sorted(project.glob("jobs/[a-z]*.py"))]
    for name, table in TABLES.items():
        writers = [job for job in jobs if name in job.writes]
        read = {one for job in writers for one in job.reads}
        assert not writers or {one.name for one in table.reads} <= read, name


def test_names_of_columns_say_what_they_hold() -> None:
    """Instants end in _at, _from or _to, days in _on, flags begin with is_ or has_."""
    patterns = {"timestamp": r".*_(at|from|to)", "date": r".*_on", "boolean": r"(is|has)_.*"}
    for table in TABLES.values():
        for one in table.fields:
            pattern = patterns.get(one.type.simpleString(), ".*")
            assert re.fullmatch(pattern, one.name), f"{table.name}.{one.name}"
            assert one.meaning, f"{table.name}.{one.name}"


def test_the_page_lists_every_field() -> None:
    page = catalogue_page()
    assert page.count("\n| ") - page.count("| field |") == sum(
        len(table.fields) for table in TABLES.values()
    )
    assert "| email | string |  |  | direct | one spelling, deliverable |" in page
    assert page.index("## bronze.file") < page.index("## silver.event")
