import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from cdp_spark.sources.inference.sniffing import Sniffed, sniffed
from cdp_spark.sources.reader import FileRejected
from tests.sources.layouts.samples import FILES


def _sniffed(folder: Path, stored: bytes, name: str = "sample") -> Sniffed:
    (folder / name).write_bytes(stored)
    return sniffed(folder / name)


@pytest.mark.parametrize(
    ("source", "layout", "options"),
    [
        ("iot", "lines", {}),
        ("iot_avro", "avro", {}),
        ("ads", "csv", {}),
        ("crm", "excel", {}),
        ("pos", "xml", {"row_tag": "line"}),
        ("tickets", "csv", {"delimiter": ";"}),
        ("catalogue", "orc", {}),
        ("export", "json", {}),
        ("calls", "document", {}),
    ],
)
def test_the_layout_of_each_sample_is_found(
    tmp_path: Path, source: str, layout: str, options: dict[str, Any]
) -> None:
    name, stored = next(iter(FILES[source].items()))
    found = _sniffed(tmp_path, stored, name)
    assert (found.layout, found.options) == (layout, options)
    assert bool(found.rows) == (layout != "document")


def test_encoding_header_and_rows_of_csv_are_found(tmp_path: Path) -> None:
    text = "no,ad\n1,Şule\n2,Çağ\n"
    for encoding in ("windows-1254", "utf-16", "utf-16-le"):
        found = _sniffed(tmp_path, text.encode(encoding))
        assert found.options == {"encoding": encoding}
        assert found.rows[0] == {"ad": "Şule", "no": "1"}
    packed = _sniffed(tmp_path, gzip.compress(text.encode()), "a.csv.gz")
    assert (packed.options, len(packed.rows)) == ({}, 2)
    headless = _sniffed(tmp_path, b"7\tann@b.org\n8\tbob@b.org\n")
    names = ("column_1", "column_2")
    assert headless.options == {"delimiter": "\t", "header": False, "names": names}
    assert headless.rows[0] == {"column_1": "7", "column_2": "ann@b.org"}


def test_a_row_that_does_not_fit_is_no_row_of_the_sample(tmp_path: Path) -> None:
    found = _sniffed(tmp_path, b"id;mail\n1;a@b.org\n2;b@b.org;x\n3;c@b.org\n")
    assert [row["id"] for row in found.rows] == ["1", "3"]


def test_rows_of_the_whole_file_are_read_and_a_truncated_sample_is_rejected(tmp_path: Path) -> None:
    lines = "\n".join(json.dumps({"id": number}) for number in range(1000))
    assert len(_sniffed(tmp_path, lines.encode()).rows) == 1000
    pretty = json.dumps({"id": 1}, indent=1).encode()
    assert _sniffed(tmp_path, pretty).layout == "json"
    with pytest.raises(FileRejected, match="unreadable_file"):
        _sniffed(tmp_path, b"[1, 2")
