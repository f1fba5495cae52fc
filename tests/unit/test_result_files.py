from __future__ import annotations

import json
from pathlib import Path

import pytest

from server.jobs.results import RESULT, BadCursor, Results


@pytest.fixture
def file(tmp_path: Path) -> Path:
    folder = tmp_path / "job" / "1-n"
    folder.mkdir(parents=True)
    return folder / RESULT


@pytest.fixture
def results(tmp_path: Path) -> Results:
    return Results(tmp_path)


def write(file: Path, text: str) -> bytes:
    raw = text.encode()
    file.write_bytes(raw)
    return raw


async def test_pages_follow_each_other_to_the_end(results: Results, file: Path) -> None:
    rows = [{"n": n, "text": "ñ" * n} for n in range(25)]
    write(file, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    read, cursor, sizes = [], None, []
    while True:
        page = await results.page("job", "1-n", RESULT, limit=10, cursor=cursor)
        read += [json.loads(row) for row in page.rows]
        sizes.append(len(page.rows))
        cursor = page.cursor
        if cursor is None:
            break
    assert read == rows
    assert sizes == [10, 10, 5]


async def test_a_full_last_page_has_no_cursor(results: Results, file: Path) -> None:
    write(file, "1\n2\n")
    page = await results.page("job", "1-n", RESULT, limit=2)
    assert (page.rows, page.cursor) == ([b"1", b"2"], None)


async def test_a_page_of_large_rows_ends_early(results: Results, file: Path) -> None:
    row = json.dumps("x" * 3_000_000)
    write(file, (row + "\n") * 10)
    page = await results.page("job", "1-n", RESULT, limit=10)
    assert 1 <= len(page.rows) < 10
    assert page.cursor is not None


async def test_numbers_keep_all_their_digits(results: Results, file: Path) -> None:
    write(file, '{"a":123456789012345678901234567890.10}\n')
    page = await results.page("job", "1-n", RESULT, limit=1)
    assert page.to_json(1, truncated=False) == (
        b'{"rows":[{"a":123456789012345678901234567890.10}],"cursor":null,"total":1,"truncated":false}'
    )


async def test_a_missing_file_has_no_rows(results: Results) -> None:
    page = await results.page("job", "1-n", RESULT, limit=1)
    assert (page.rows, page.cursor) == ([], None)
    stream = await results.stream("job", "1-n", RESULT)
    assert [block async for block in stream] == []
    await stream.close()


@pytest.mark.parametrize("cursor", ["", "x", "-1", "0x2", "2", "ffff", "1" * 16, "\u0662"])
async def test_a_cursor_that_no_page_gave_is_refused(results: Results, file: Path, cursor: str) -> None:
    write(file, "11\n22\n33\n")
    with pytest.raises(BadCursor):
        await results.page("job", "1-n", RESULT, limit=1, cursor=cursor)


async def test_a_stream_is_the_file(results: Results, file: Path) -> None:
    raw = write(file, '"x"\n' * 500_000)
    stream = await results.stream("job", "1-n", RESULT)
    blocks = [block async for block in stream]
    await stream.close()
    assert b"".join(blocks) == raw
    assert stream.size == len(raw)
    assert max(map(len, blocks)) <= 262_144
