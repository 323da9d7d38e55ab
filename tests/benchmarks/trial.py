"""Two CSV files of a shop to customers, segments and the report: `cdp try` as a newcomer runs it.

Half of `--rows` are orders and half are visits, as a European spreadsheet exports them: semicolons,
decimal commas, days before months. Expected are all events, all orders and their exact total.
"""

import os
import random
import re
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path

import psutil
from pyspark.sql import SparkSession

from cdp_spark.commands.trial import try_files
from cdp_spark.launch import shipped_folder
from tests.benchmarks.measure import Answer, Figures, PeakMemory, agree, bench, talk, timed

_START = datetime(2026, 1, 5, tzinfo=UTC)
_MINUTES, _PEOPLE_PER_ORDER, _PAGES = 300 * 24 * 60, 4, 40
_ORDERS_HEAD = "Bestellnummer;Kundennummer;E-Mail;Telefon;Bestelldatum;Gesamtbetrag;Währung;Ort\n"
_VISITS_HEAD = "event_id;Zeitpunkt;visitor_id;email;page;event\n"


def write_shop(folder: Path, rows: int, seed: int = 7) -> tuple[Path, Path, Decimal]:
    """The two files, of half of the rows each, and the total of the orders."""
    draw = random.Random(seed)  # noqa: S311 - not a secret
    count = rows // 2
    people = max(count // _PEOPLE_PER_ORDER, 1)
    folder.mkdir(parents=True, exist_ok=True)
    orders, visits = folder / "orders.csv", folder / "visits.csv"
    cents = 0
    with orders.open("w", encoding="utf-8") as file:
        file.write(_ORDERS_HEAD)
        for number in range(count):
            person, amount = draw.randrange(people), draw.randrange(100, 400_000)
            cents += amount
            phone = f"0151 {person + 20_000_000:08}"
            file.write(
                f"B-{number};K{person};k{person}@posta.invalid;{phone};{_moment(draw)};"
                f"{_comma(amount)};EUR;Köln\n"
            )
    with visits.open("w", encoding="utf-8") as file:
        file.write(_VISITS_HEAD)
        for number in range(count):
            person = draw.randrange(people)
            email = f"k{person}@posta.invalid" if number % 3 == 0 else ""
            page, event = draw.randrange(_PAGES), "Product Viewed" if number % 2 else "Page Viewed"
            file.write(f"v{number};{_moment(draw)};d{person};{email};/p/{page};{event}\n")
    return orders, visits, Decimal(cents) / 100


def _moment(draw: random.Random) -> str:
    return f"{_START + timedelta(minutes=draw.randrange(_MINUTES)):%d.%m.%Y %H:%M}"


def _comma(cents: int) -> str:
    whole, rest = divmod(cents, 100)
    return f"{whole:,}".replace(",", ".") + f",{rest:02}"


def _cpu_seconds() -> float:
    """User and system seconds of this process and its children, the JVM among them."""
    me = psutil.Process()
    used = [one.cpu_times() for one in [me, *me.children(recursive=True)]]
    return sum(one.user + one.system for one in used)


def measured(spark: SparkSession, rows: int, limit: float, scratch: Path) -> Figures:
    """One trial of both files; `cpu_seconds` are those of all its processes.

    Raises:
        Disagreement: it printed other counts or another total than the files hold.
    """
    figures = Figures("trial", rows)
    orders, visits, total = write_shop(scratch / "shop", rows)
    talk(f"{rows:,} rows written; sessions of Spark on {spark.sparkContext.master}")
    os.environ["CDP_HOME"] = str(shipped_folder())
    before = _cpu_seconds()
    with PeakMemory() as memory, redirect_stdout(StringIO()) as out:
        seconds, _ = timed(lambda: try_files([orders, visits], country="DE", currency="EUR"))
    shown = " ".join(out.getvalue().split())
    talk(out.getvalue())
    figures.seconds["ours"] = seconds
    figures.peak_mib = memory.mib
    count = rows // 2
    agree({"files": _answer(2 * count, count, total), "ours": _shown(shown)})
    figures.more = {"cpu_seconds": round(_cpu_seconds() - before, 1), "limit": limit}
    return figures


def _answer(events: int, orders: int, total: Decimal) -> Answer:
    return Answer({"events": events, "orders": orders}, int(total * 100))


def _shown(text: str) -> Answer:
    events = re.search(r"([\d,]+) events of", text)
    orders = re.search(r"([\d,]+) orders, net ([\d,.]+) EUR", text)
    if not events or not orders:
        return Answer({}, 0)
    numbers = [int(one.replace(",", "")) for one in (events[1], orders[1])]
    return _answer(numbers[0], numbers[1], Decimal(orders[2].replace(",", "")))


def main(arguments: Sequence[str] | None = None, spark: SparkSession | None = None) -> None:
    """Measure and print."""
    bench(measured, __doc__ or "", arguments, spark)


if __name__ == "__main__":
    main(sys.argv[1:])
