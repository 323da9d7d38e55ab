import pytest

from tests.docs.references import DOCS, PAGES


@pytest.mark.parametrize("name", PAGES)
def test_a_reference_matches_the_code(name: str) -> None:
    written = (DOCS / name).read_text(encoding="utf-8")
    assert written == PAGES[name](), f"docs/{name} is out of date: run `make docs`"
