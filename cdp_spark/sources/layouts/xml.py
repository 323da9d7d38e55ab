"""XML files, streamed: each element of one tag is a row.

Attributes and child elements are its columns, named without namespace. An element with both text
and children keeps its text as `text`; several children of one name become a list. A file with a
document type is rejected, so there are no entities but XML's five; nothing is fetched.
"""

from collections.abc import Iterator
from typing import Any, TypeAlias, cast

from lxml import etree

from cdp_spark.sources.reader import DOCTYPE, LONG, UNREADABLE, FileRejected, Reader, Record
from cdp_spark.sources.reading import ReadingSettings
from cdp_spark.sources.texts import as_json, content

Element: TypeAlias = "etree._Element"  # noqa: SLF001 - its stubs name it so
_CHUNK_BYTES = 64 << 10


def _records(uri: str, reading: ReadingSettings, longest: int) -> Iterator[Record]:
    parser = etree.XMLPullParser(
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    rows = _Rows(reading.row_tag)
    number = since = total = 0
    try:
        for chunk in _small(content(uri)):
            parser.feed(chunk)
            since, total = since + len(chunk), total + len(chunk)
            for row in rows.ended(parser):
                yield number, as_json(row)
                number, since = number + 1, 0
            if since > longest + _CHUNK_BYTES and rows.depth_in_row:
                raise FileRejected(LONG)
        if total:
            parser.close()
    except etree.XMLSyntaxError as error:
        raise FileRejected(UNREADABLE) from error


def _small(chunks: Iterator[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        for start in range(0, len(chunk), _CHUNK_BYTES):
            yield chunk[start : start + _CHUNK_BYTES]


class _Rows:
    """The elements of the row tag as they end; elements are freed once read."""

    def __init__(self, tag: str) -> None:
        self._tag = tag
        self.depth_in_row = 0
        self.has_begun = False

    def ended(self, parser: "etree.XMLPullParser") -> Iterator[dict[str, Any]]:
        for event, found in parser.read_events():
            element = cast("Element", found)  # only start and end events are requested
            if event == "start":
                self._begin(element)
                continue
            is_row = self.depth_in_row == 1
            self.depth_in_row = max(0, self.depth_in_row - 1)
            if is_row:
                content = _content(element)
                yield content if isinstance(content, dict) else {"text": content}
            if not self.depth_in_row:
                _free(element)

    def _begin(self, element: "Element") -> None:
        if not self.has_begun and element.getroottree().docinfo.internalDTD is not None:
            raise FileRejected(DOCTYPE)
        self.has_begun = True
        if self.depth_in_row or _name(element.tag) == self._tag:
            self.depth_in_row += 1


def _free(element: "Element") -> None:
    element.clear()
    above = element.getparent()
    while above is not None and element.getprevious() is not None:
        del above[0]


def _content(element: "Element") -> Any:
    """The text of an element without children and attributes; otherwise these by name."""
    parts: list[tuple[str, Any]] = [(_name(name), one) for name, one in element.attrib.items()]
    parts += [(_name(child.tag), _content(child)) for child in element]
    text = "".join([element.text or "", *(child.tail or "" for child in element)]).strip() or None
    if not parts:
        return text
    found: dict[str, Any] = {}
    for name, value in parts + ([("text", text)] if text else []):
        if name not in found:
            found[name] = value
        elif isinstance(found[name], list):
            found[name].append(value)
        else:
            found[name] = [found[name], value]
    return found


def _name(tag: Any) -> str:
    return str(tag).rpartition("}")[2]


READER = Reader(_records, options=("row_tag",), needs=("row_tag",))
