from typing import Any

import pytest

from cdp_spark.lake.faults import VARIABLE, fault_point


class Machine:
    """Stands in for the session's JVM and notes that it was halted."""

    def __init__(self) -> None:
        self.codes: list[int] = []

    def __getattr__(self, name: str) -> Any:
        return self

    def __call__(self) -> Any:
        return self

    def halt(self, code: int) -> None:
        self.codes.append(code)


@pytest.mark.parametrize(
    ("said", "is_halted"),
    [
        ("before:silver.event", True),
        ("after:silver.event,before:silver.event", True),
        ("after:silver.event", False),
        ("before:silver.eventual", False),
        ("before:", False),
        ("before", False),
        ("silver.event", False),
        ("", False),
        (None, False),
    ],
)
def test_the_machine_is_halted_at_the_point_named_and_at_no_other(
    monkeypatch: pytest.MonkeyPatch, said: str | None, *, is_halted: bool
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    if said is not None:
        monkeypatch.setenv(VARIABLE, said)
    machine: Any = Machine()
    fault_point(machine, "before", "silver.event")
    assert machine.codes == ([137] if is_halted else [])
