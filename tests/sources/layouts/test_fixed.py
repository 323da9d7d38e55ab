import gzip
from collections.abc import Callable
from typing import Any

from cdp_spark.sources.reading import Width

Read = Callable[..., Any]

# A call centre's log: number, instant, caller, agent.
_WIDTHS = (
    Width(name="agent", start=36, width=8),
    Width(name="call", start=1, width=4),
    Width(name="at", start=5, width=19),
    Width(name="caller", start=24, width=12),
)
_FIRST = "00012025-01-02T03:04:05+12025550123Şükrü   "
_CUT = "00022025-01-02T03:05:00            Şiğl"
_OPTIONS = {"widths": _WIDTHS, "encoding": "windows-1254"}


def _broken(length: int, text: str) -> dict[str, str]:
    detail = f"found {length} characters, expected 36 to 43"
    return {"$rejected": "wrong_line_length", "$detail": detail, "$text": text}


def test_a_call_log_in_windows_1254(read: Read) -> None:
    torn, long = _CUT[:20], _FIRST + " more"
    stored = "\r\n".join([_FIRST, "", _CUT, torn, long]).encode("windows-1254")
    rows = [
        (0, {"agent": "Şükrü", "at": "2025-01-02T03:04:05", "call": 1, "caller": "+12025550123"}),
        (1, {"agent": "Şiğl", "at": "2025-01-02T03:05:00", "call": 2, "caller": None}),
        (2, _broken(20, torn)),
        (3, _broken(48, long)),
    ]
    rows[0][1]["call"], rows[1][1]["call"] = "0001", "0002"  # type: ignore[index]
    assert read("fixed", stored, **_OPTIONS) == rows
    assert read("fixed", gzip.compress(stored), "a.gz", **_OPTIONS) == rows


def test_wrong_truncated_long_and_empty_files_are_rejected(read: Read) -> None:
    stored = _FIRST.encode("windows-1254")
    assert read("fixed", stored, widths=_WIDTHS) == "wrong_encoding"
    assert read("fixed", gzip.compress(stored)[:-2], "a.gz", **_OPTIONS) == "broken_archive"
    assert read("fixed", b"x" * (5 << 20), **_OPTIONS) == "record_too_long"
    assert read("fixed", b"\r\n \n", **_OPTIONS) == "empty_file"
    assert read("fixed", b"", **_OPTIONS) == "empty_file"
