"""Every module has its test at the mirrored path."""

import ast
from pathlib import Path

_PROJECT = Path(__file__).parents[1]
_WITHOUT = {
    # data only: what they say is tried by tests/tables/test_sample.py and by every write
    "cdp_spark/tables/audience.py": "contracts",
    "cdp_spark/tables/bronze.py": "contracts",
    "cdp_spark/tables/features.py": "contracts",
    "cdp_spark/tables/gold.py": "contracts",
    "cdp_spark/tables/identity.py": "contracts",
    "cdp_spark/tables/ops.py": "contracts",
    "cdp_spark/tables/silver.py": "contracts",
    "cdp_spark/tables/writes.py": "what is to be written: tried by tests/lake/test_publishing.py",
    "cdp_spark/semantics/parser.py": "a dataclass: tests/silver/test_parse.py has some",
    "cdp_spark/semantics/connector.py": "a protocol: mypy checks it",
    "cdp_spark/semantics/lake_reader.py": "a protocol: mypy checks it",
    "cdp_spark/identity/states.py": "words: the steps that write them are tried",
    "cdp_spark/models/spec.py": "dataclasses: each model of specs is one",
    "cdp_spark/simulation/names.py": "lists of names",
    "cdp_spark/commands/shared/options.py": "options: tests/docs lists each",
    "cdp_spark/lake/errors.py": "names of errors; each is raised in the test of its cause",
}


def _modules() -> set[str]:
    files = [*_PROJECT.glob("cdp_spark/**/*.py"), *_PROJECT.glob("jobs/*.py")]
    return {str(file.relative_to(_PROJECT)) for file in files if file.name != "__init__.py"}


def _test_of(module: str) -> Path:
    path = Path(module)
    below = path.relative_to("cdp_spark") if path.parts[0] == "cdp_spark" else path
    return _PROJECT / "tests" / below.with_name(f"test_{path.name}")


def test_every_module_has_a_test_at_the_mirrored_path() -> None:
    missing = {one for one in _modules() - set(_WITHOUT) if not _test_of(one).exists()}
    assert not missing, f"without a test: {sorted(missing)}"


def test_what_is_left_out_is_there_and_has_no_test() -> None:
    assert set(_WITHOUT) <= _modules()
    assert not [one for one in _WITHOUT if _test_of(one).exists()]


def test_a_job_is_short_and_leaves_columns_to_the_rooms() -> None:
    for file in sorted(_PROJECT.glob("jobs/[a-z]*.py")):
        text = file.read_text()
        docstring = ast.parse(text).body[0]
        assert docstring.end_lineno is not None
        assert len(text.splitlines()) - docstring.end_lineno <= 40, file.name
        assert "functions as F" not in text, file.name


def test_a_file_is_not_longer_than_its_limit() -> None:
    lines = {name: len((_PROJECT / name).read_text().splitlines()) for name in _modules()}
    # A longer file has more than one subject.
    long = {name: count for name, count in lines.items() if count > 300}
    assert not long, f"split along an idea: {long}"
