from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from cdp_spark.files.lines import lines_of

# Few kinds of byte, so that line ends meet chunk and range ends often.
_CONTENT = st.lists(st.sampled_from([b"a", b"{}", b"\n", b"\r\n", b" ", b"\xff", b"\xef\xbb\xbf"]),
                    max_size=60).map(b"".join)  # fmt: skip


def _naive(content: bytes) -> list[tuple[int, bytes]]:
    lines, offset = [], 0
    for line in content.split(b"\n"):
        if line.strip():
            lines.append((offset, line))
        offset += len(line) + 1
    return lines


def _chunks(content: bytes, size: int, start: int = 0) -> Iterator[bytes]:
    return (content[at : at + size] for at in range(start, len(content), size))


@given(_CONTENT, st.integers(1, 9))
def test_lines_are_those_of_a_plain_split_with_their_offsets(content: bytes, chunk: int) -> None:
    found = list(lines_of(_chunks(content, chunk)))
    assert found == _naive(content)
    assert all(content[at : at + len(line)] == line for at, line in found)


@given(_CONTENT, st.integers(1, 9), st.integers(1, 20))
def test_ranges_together_give_each_line_once(content: bytes, chunk: int, width: int) -> None:
    found = [
        line
        for start in range(0, max(len(content), 1), width)
        for line in lines_of(_chunks(content, chunk, max(start - 1, 0)), start, start + width)
    ]
    assert found == _naive(content)
