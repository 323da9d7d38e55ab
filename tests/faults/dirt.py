"""Deliveries with every kind of dirt, a source each: how each row of the matrix is injected."""

import gzip
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from cdp_spark.sources.settings import SourceSettings

_START = datetime(2025, 3, 1, tzinfo=UTC)
LONGEST = 100_000  # bytes of a record, above which its file is rejected
PERSON = "canary.person"  # part of every address in the deliveries
Lines = list[bytes]


@dataclass(frozen=True)
class Delivery:
    """What a source is delivered: files by name, each either lines or the bytes themselves."""

    files: dict[str, Lines | bytes]
    format: str = "segment"

    def of_row(self, name: str) -> "Delivery":
        """The same with the row's name before each event's id and file."""
        mark, marked = b'"messageId": "', f'"messageId": "{name}:'.encode()
        files = {
            f"{name}/{file}": content
            if isinstance(content, bytes)
            else [one.replace(mark, marked) for one in content]
            for file, content in self.files.items()
        }
        return Delivery(files, self.format)


SOURCES = (
    SourceSettings(name="web", format="segment", path="landing/segment"),
    SourceSettings(
        name="shop",
        format="csv",
        path="landing/csv",
        event="Order Completed",
        columns={"event_id": "id", "event_at": "at", "amount": "total"},
        identifiers={"email": "mail"},
        on_missing_column="warn",
    ),
)


def line(key: str, minute: int = 0, **others: Any) -> bytes:
    """One track event, received so many minutes after the start."""
    at = (_START + timedelta(minutes=minute)).isoformat()
    event: dict[str, Any] = {"messageId": key, "type": "track", "event": "Seen", "receivedAt": at}
    event |= {"userId": f"u-{key}", "traits": {"email": f"{PERSON}+{key}@shop.net"}}
    return json.dumps({name: one for name, one in (event | others).items() if one != "-"}).encode()


def good(count: int, prefix: str = "good") -> Lines:
    """Events that nothing is wrong with."""
    return [line(f"{prefix}{number}", number % 1000) for number in range(count)]


def group_calls(count: int) -> Lines:
    """Calls by which people become members of an account."""
    account: dict[str, Any] = {"type": "group", "groupId": "acme", "traits": {"name": "Acme"}}
    return [line(f"group{number}", number, **account) for number in range(count)]


def _total(value: str) -> bytes:
    """An event with the amount as it is given, JSON or not."""
    return line(f"amount {value[:20]}", properties={"total": "?"}).replace(b'"?"', value.encode())


def _d01(size: int) -> Delivery:
    lines = good(size)
    return Delivery({"a.json": [*lines, *lines[:9], *lines[:9]], "copy of a.json": lines})


def _d02(size: int) -> Delivery:
    first = [line(f"k{number}", 10, properties={"v": 1}) for number in range(size)]
    other = [line(f"k{number}", 20, properties={"v": 2}) for number in range(size)]
    same = [line(f"s{number}", 10, properties={"v": v}) for number in range(9) for v in (1, 2)]
    return Delivery({"a.json": [*other[: size // 2], *first], "b.json": other[size // 2 :] + same})


def _d03(size: int) -> Delivery:
    late = [1, 60, 1440, 43_200, 400 * 1440]
    lines = [
        line(f"k{number}", number, timestamp=_ago(number, late[number % len(late)]))
        for number in range(size)
    ]
    return Delivery({"a.json": lines})


def _ago(minute: int, before: int) -> str:
    return (_START + timedelta(minutes=minute - before)).isoformat()


def _d04(size: int) -> Delivery:
    def skewed(number: int, hours: int) -> bytes:
        made, sent = (_START + timedelta(hours=hours, minutes=m) for m in (0, 30))
        return _sent(f"skew{hours:+}-{number}", made.isoformat(), sent.isoformat())

    lines = [skewed(number, hours) for number in range(size // 2) for hours in (26, -26)]
    reset = [_sent("1970", "1970-01-01T00:00:00Z", "1970-01-01T00:30:00Z"),
             _sent("2099", "2099-12-31T00:00:00Z", "2099-12-31T00:30:00Z")]  # fmt: skip
    return Delivery({"a.json": [*lines, *reset]})


def _sent(key: str, made: str, sent: str) -> bytes:
    return line(key, 60, originalTimestamp=made, sentAt=sent)


def _d05(size: int) -> Delivery:
    far = ["20000-01-01T00:00:00Z", "-0500-01-01T00:00:00Z", "290000-01-01T00:00:00Z",
           "1969-12-31T00:00:00Z"]  # fmt: skip
    bad = [line(f"far{number}", timestamp=at) for number, at in enumerate(far)]
    return Delivery({"a.json": good(size) + bad})


def _d06(size: int) -> Delivery:
    packed = gzip.compress(b"\n".join(good(size, "torn")))
    table = pa.table({"id": ["x"] * 999, "at": ["2025-01-01"] * 999, "total": ["1"] * 999})
    sink = pa.BufferOutputStream()
    parquet.write_table(table, sink)
    flipped = bytearray(sink.getvalue().to_pybytes())
    flipped[-20] ^= 0xFF
    return Delivery(
        {"good.json": good(size), "torn.json.gz": packed[: len(packed) // 2],
         "empty.json": b"", "empty.json.gz": b"", "flipped.json.gz": _flipped(packed),
         "table.json": bytes(flipped)}
    )  # fmt: skip


def _flipped(packed: bytes) -> bytes:
    middle = len(packed) // 2
    return packed[:middle] + bytes([packed[middle] ^ 0xFF]) + packed[middle + 1 :]


def _d07(size: int) -> Delivery:
    giant = line("giant", properties={"text": "x" * (2 * LONGEST)})
    bomb = gzip.compress(b"0" * (256 << 20), 9)
    return Delivery({"good.json": good(size), "giant.json": [*good(9, "near"), giant],
                     "bomb.json.gz": bomb})  # fmt: skip


def _d08(size: int) -> Delivery:
    deep = b'{"messageId":"deep","a":' + b'{"a":' * 1500 + b"1" + b"}" * 1501
    return Delivery({"a.json": [*good(size), deep]})


def _d09(size: int) -> Delivery:
    bad = [b'{"messageId":"\xff\xfe"}', b'{"messageId":"nul\x00"}', b'{"messageId":"\xed\xa0\x80"}',
           line("lone", properties={"a": "?"}).replace(b'"?"', b'"\\ud800"')]  # fmt: skip
    return Delivery({"a.json": [b"\xef\xbb\xbf" + line("marked"), *good(size), *bad]})


def _d10(size: int) -> Delivery:
    two, twice = line("one") + line("two"), line("dup").replace(b"{", b'{"messageId":"x",', 1)
    return Delivery({"a.json": [*good(size), two, twice]})


def _d11(size: int) -> Delivery:
    values: list[Any] = ["text", 7, [1], {"a": 1}, True, None, 1.5]
    lines = [line(f"flip{n}-{value!r}", properties={"value": value})
             for n in range(size // len(values) + 1) for value in values]  # fmt: skip
    whole = [line(f"whole{n}", properties=value) for n, value in enumerate(["text", 7, [1]])]
    unheard_of = [line("unheard-of", tenant={"plan": "pro"}, lane=3)]
    return Delivery({"a.json": lines + whole + unheard_of})


def _d12(size: int) -> Delivery:
    bad = ["NaN", "Infinity", "-Infinity", "1e999", "-0.01", str(2**63), '"NaN"', '"-1"', "[]"]
    return Delivery({"a.json": [*good(size), *map(_total, bad)]})


def _d13(size: int) -> Delivery:
    rows = [f"c{n},2025-01-01,{n},{PERSON}+{n}@shop.net" for n in range(size)]
    files = {
        "1.csv": ["id,at,total,mail", *rows, "ragged,2025-01-01", "more,2025-01-01,1,m,extra"],
        "2.csv": ["mail,total,at,id,fresh", "m@shop.net,5,2025-01-02,reordered,new"],
        "3.csv": ["id,at", "dropped,2025-01-03"],
    }
    return Delivery({name: [row.encode() for row in of] for name, of in files.items()}, "csv")


def _d14(size: int) -> Delivery:
    names = [line(f"n{n}", event=f"Event {n}") for n in range(max(size, 2000))]
    wide = line("wide", properties={f"p{n}": n for n in range(5000)})
    return Delivery({"a.json": [*names, wide]})


def _d16(size: int) -> Delivery:
    words = ["null", "N/A", "undefined", "0000", "unknown"]
    junk = [line(f"j{n}", userId=words[n % len(words)]) for n in range(size)]
    shared = [line(f"s{n}", traits={"email": "info@shop.net"}) for n in range(size)]
    return Delivery({"a.json": [*junk, *shared]})


def _d17(size: int) -> Delivery:
    return Delivery({"good.json": good(size), "coming.json.part": good(9, "part"),
                     "_SUCCESS": b"", "_tmp/x.json": good(9, "temporary")})  # fmt: skip


ROWS: dict[str, Callable[[int], Delivery]] = {
    "d01": _d01, "d02": _d02, "d03": _d03, "d04": _d04, "d05": _d05, "d06": _d06, "d07": _d07,
    "d08": _d08, "d09": _d09, "d10": _d10, "d11": _d11, "d12": _d12, "d13": _d13, "d14": _d14,
    "d16": _d16, "d17": _d17,
}  # fmt: skip


def deliveries(size: int) -> list[Delivery]:
    """The files of every row of the matrix; folders and ids differ."""
    return [make(size).of_row(name) for name, make in ROWS.items()]


def written(landing: Path, wanted: list[Delivery]) -> None:
    """Put every delivery into the folder of its source."""
    for delivery in wanted:
        for file, content in delivery.files.items():
            path = landing / delivery.format / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else _joined(content))


def _joined(lines: Lines) -> bytes:
    return b"".join(one + b"\n" for one in lines)


def in_batches(wanted: list[Delivery], seed: int, parts: int) -> Iterator[list[Delivery]]:
    """The same records in another order and over several batches; other files come at once."""
    chance = random.Random(seed)  # noqa: S311 - an order of lines, no secret
    for part in range(parts):
        yield [Delivery(_share(one, chance, part, parts), one.format) for one in wanted]


def _share(
    delivery: Delivery, chance: random.Random, part: int, parts: int
) -> dict[str, Lines | bytes]:
    shares: dict[str, Lines | bytes] = {}
    for file, content in delivery.files.items():
        is_named = any(word in file for word in ("giant", ".part", "_tmp"))
        if isinstance(content, bytes) or delivery.format != "segment" or is_named:
            shares |= {file: content} if part == 0 else {}
        else:
            folder, _, name = file.partition("/")
            lines = sorted(content[part::parts], key=lambda _: chance.random())
            shares[f"{folder}/{part}-{name}"] = lines
    return shares
