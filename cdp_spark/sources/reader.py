"""What a layout's reader is, and why a file may be rejected."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from cdp_spark.sources.reading import ReadingSettings, SourceReading, split_of
from cdp_spark.sources.splits import Split

Record = tuple[int, bytes]


class FileRejected(Exception):
    """A file is rejected; the message is a reason code without any content of the file.

    `detail` is for the person who reads the error: names of columns at most.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.detail = detail


BROKEN, LARGE, LONG, ENCODING, UNREADABLE, SHEET, DOCTYPE, DOUBLED, MISSING = (
    "broken_archive", "file_too_large", "record_too_long", "wrong_encoding", "unreadable_file",
    "missing_sheet", "has_doctype", "duplicate_column", "missing_column",
)  # fmt: skip
# Keys that this package adds to the JSON of a row. A row that does not fit its file has only the
# reason, a detail without any value, and its text; a row that left a snapshot has its last values.
BROKEN_ROW, ROW_DETAIL, ROW_TEXT = "$rejected", "$detail", "$text"
SINCE, LEFT = "$since", "$left"


def checked_record_count(
    records: Iterable[Record], longest_record: int, split: Split | None = None
) -> int:
    """The number of records, after they are split.

    Raises:
        FileRejected: a record has more than `longest_record` bytes.
    """
    count = 0
    for _, raw in records:
        if len(raw) > longest_record:
            raise FileRejected(LONG)
        count += split.count(raw) if split else 1
    return count


@dataclass(frozen=True)
class Reader:
    """How the files of one layout are read.

    `records` yields position and bytes of each record of a file; it may reject the file when a
    record grows above the given number of bytes. `count` counts records, if the layout can do so
    without building them; `missing` is a message about columns that the settings name and a file
    lacks, if the layout has columns for a whole file. `options` are the fields of `ReadingSettings`
    that it uses; those in `needs` are required.
    """

    records: Callable[[str, ReadingSettings, int], Iterator[Record]]
    count: Callable[[str, ReadingSettings], int] | None = None
    missing: Callable[[str, ReadingSettings], str] | None = None
    options: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()

    def checked_count(self, uri: str, reading: ReadingSettings, longest_record: int) -> int:
        """The number of records of a file, after they are split.

        Raises:
            FileRejected: the file is rejected; the message is the reason.
            OSError: the file is damaged or can't be read.
            pyarrow.ArrowException: the file is not of this layout.
        """
        if self.count is not None:
            return self.count(uri, reading)
        records = self.records(uri, reading, longest_record)
        return checked_record_count(records, longest_record, split_of(reading))

    def lacking(self, uri: str, reading: ReadingSettings) -> str:
        """A message about columns that a file lacks, and may lack; empty if there is none."""
        may_lack = isinstance(reading, SourceReading) and reading.may_miss_columns
        return self.missing(uri, reading) if may_lack and self.missing else ""
