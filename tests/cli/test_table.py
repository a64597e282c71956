"""Tables align, whatever script the cells are in and however narrow the terminal is."""

from __future__ import annotations

import pytest
from command import Command, columns, plain, starts

from blocks_sessions.testing import Emulator

# "Alice" in fullwidth letters.
WIDE = "".join(chr(ord(letter) + 0xFEE0) for letter in "Alice")
NAMES = [
    "東京都庁の田中さん",
    "e\u0301te\u0301 de\u0301ja\u0300 vu",
    "नमस्ते दुनिया",
    "한국어 이름",
    WIDE,
    "плохая\x1b[31mпогода",  # noqa: RUF001
    "two\nlines\tand\r\nmore",
    "\u202eright to left",
    "عربى",
    "plain",
]


def sessions() -> list[dict[str, object]]:
    return [
        {
            "session_id": f"session_{at}_{name}",
            "agent_id": "agent_123",
            "status": ["active", "closed", "idle", "abandoned"][at % 4],
            "created_at": "2026-01-12T08:30:00Z",
            "last_message_at": f"2026-01-12T09:{59 - at:02}:00Z",
            "message_count": 10**at,
            "rating": at / 2,
            "tags": [name, "billing"],
            "user_info": {"name": name},
        }
        for at, name in enumerate(NAMES)
    ]


@pytest.mark.parametrize("width", [40, 80, 120, 200])
def test_columns_align_and_lines_fit(blocks: Command, width: int) -> None:
    with Emulator(agents={"agent_123": sessions()}) as server:
        screen = blocks.terminal("list", width=width, BLOCKS_API_URL=server.url).end()
    assert screen.code == 0
    header, *rows = plain(screen.out).splitlines()[:-1]
    assert len(rows) == len(NAMES), screen.out
    for line in [header, *rows]:
        assert columns(line) < width, line
    begins = starts(header, header.split())
    status = begins[1]
    for row in rows:
        cells = cut(row, status)
        assert cells[1].split()[0] in {"active", "closed", "idle", "abandoned"}, row
        assert cells[0].endswith("  "), row
        assert cells[0].startswith("session_"), row


def cut(row: str, column: int) -> tuple[str, str]:
    """A row before and from a column."""
    for at in range(len(row) + 1):
        if columns(row[:at]) == column and (at == len(row) or columns(row[: at + 1]) > column):
            return row[:at], row[at:]
    raise AssertionError(f"a character lies across column {column}: {row!r}")


def test_nothing_that_a_terminal_obeys_comes_from_the_data(blocks: Command) -> None:
    with Emulator(agents={"agent_123": sessions()}) as server:
        text = blocks("list", "-o", "table", BLOCKS_API_URL=server.url).out
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert len(text.splitlines()) == len(NAMES) + 1
    assert "two lines and" in text


def test_a_pipe_is_never_cut_and_columns_obeys(blocks: Command) -> None:
    with Emulator(agents={"agent_123": sessions()}) as server:
        text = blocks("list", "-o", "table", BLOCKS_API_URL=server.url).out
        assert "…" not in text
        assert f"session_4_{WIDE}" in text
        narrow = blocks("list", "-o", "table", BLOCKS_API_URL=server.url, COLUMNS="40")
        assert all(columns(line) < 40 for line in narrow.lines)
        screen = blocks.terminal("list", width=200, BLOCKS_API_URL=server.url, COLUMNS="40").end()
        assert all(columns(plain(line)) < 40 for line in screen.out.splitlines()[:-1])


def test_a_screen_full_of_rows_and_more(blocks: Command) -> None:
    with Emulator(sessions=1_234) as server:
        screen = blocks.terminal("list", width=80, BLOCKS_API_URL=server.url).end()
    lines = plain(screen.out).splitlines()
    assert len(lines) == 1_236
    assert all(columns(line) < 80 for line in lines)
    assert lines[-1].startswith("1,234 sessions, proven whole")
