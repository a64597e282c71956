"""One thing of each kind that the package does, in some seconds, against a server in memory."""

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from io import TextIOWrapper
from pathlib import Path
from tempfile import TemporaryDirectory

from blocks_sessions import Mirror, Session, SessionsClient, SessionsError
from blocks_sessions.testing import Emulator

__all__ = ["main"]

_SESSIONS = 10_000
# Of an agent with fewer, so that a first copy takes no time.
_FEWER = 500
_COLUMNS = ("session_id", "status", "message_count", "rating", "tags")
_SHOWN_ROWS = 10
_WIDEST = 24
_NEXT = """\
Where to go next:
  blocks-sessions serve                     this server, for your own code
  export BLOCKS_PROJECT_KEY=... BLOCKS_AGENT_ID=...
  blocks-sessions list -n 20                your own sessions
  blocks-sessions export sessions.parquet   all of them in a file
  blocks-sessions sync sessions.db          a copy that follows the list
  blocks-sessions --help                    every command
  python -c 'help("blocks_sessions")'       the package, with examples"""


def main() -> int:
    """List 10,000 made-up sessions, and show what comes of it."""
    if isinstance(sys.stdout, TextIOWrapper):
        # Sessions hold names and texts of any script, and a console may not.
        sys.stdout.reconfigure(errors="backslashreplace")
    with Emulator(agents={"agent_123": _SESSIONS, "agent_456": _FEWER}, seed=7) as server:
        print(f"A server in memory, with {_SESSIONS:,} sessions, listens at {server.url}\n")
        with SessionsClient("demo-key", agent_id="agent_123", base_url=server.url) as client:
            _show_a_page(client)
            _show_everything(client)
            _show_a_choice(client)
            with TemporaryDirectory() as folder:
                _show_an_export(client, Path(folder))
                _show_a_mirror(client, server, Path(folder))
            _show_a_mask(server.url)
            _show_an_error(client)
    print(_NEXT)
    return 0


def _show_a_page(client: SessionsClient) -> None:
    print(">>> client.list()")
    page = client.list()
    print(page)
    print(_table(page[:_SHOWN_ROWS]))
    print(f"... and {len(page) - _SHOWN_ROWS} more on this page\n")


def _show_everything(client: SessionsClient) -> None:
    print(">>> for session in client.iter_sessions(progress=True): ...")
    statuses: Counter[str] = Counter()
    ratings: list[float] = []
    listing = client.iter_sessions(progress=_shows_bars())
    for session in listing:
        statuses[session.status or "none"] += 1
        if session.rating is not None:
            ratings.append(session.rating)
    print(f"\n{statuses.total():,} sessions")
    for status, count in statuses.most_common():
        print(f"  {status:<10} {count:>6,}")
    print(f"mean rating {sum(ratings) / len(ratings):.2f}, of {len(ratings):,} that were rated")
    report = listing.report
    print(f"complete: {report.complete} ({report.certificate}, {report.requests} requests)\n")


def _show_a_choice(client: SessionsClient) -> None:
    condition = "rating <= 2 and tags contains 'billing'"
    print(f'>>> client.count(where="{condition}")')
    print(f"{client.count(where=condition):,}\n")
    print(f'>>> client.collect(where="{condition}", fields=["session_id", "rating", "feedback"])[:3]')
    unhappy = client.collect(where=condition, fields=["session_id", "rating", "feedback"])
    for session in unhappy[:3]:
        print(session)
    print()


def _show_an_export(client: SessionsClient, folder: Path) -> None:
    condition = "status = 'closed'"
    print(f'>>> client.export("closed.jsonl.zst", where="{condition}")')
    report = client.export(folder / "closed.jsonl.zst", where=condition, progress=_shows_bars())
    print(f"{report.rows:,} sessions in {report.bytes:,} bytes, complete: {report.complete}\n")


def _show_a_mirror(client: SessionsClient, server: Emulator, folder: Path) -> None:
    path = folder / "support.db"
    print('>>> client.sync("support.db", agent_id="agent_456")')
    print(_first_line(client.sync(path, agent_id="agent_456")))
    latest = client.list(agent_id="agent_456", limit=1)[0]
    moved = {name: latest[name] for name in ("created_at", "last_message_at")}
    server.add({"session_id": "session_new", "status": "active", **moved}, agent="agent_456")
    print('>>> client.sync("support.db", agent_id="agent_456")        # a session later')
    print(_first_line(client.sync(path, agent_id="agent_456")))
    question = "select status, count(*) as n from live group by 1 order by 2 desc"
    print(f'>>> Mirror("support.db").query("{question}")')
    print(Mirror(path).query(question), end="\n\n")


def _first_line(report: object) -> str:
    return str(report).partition("\n")[0]


def _show_a_mask(url: str) -> None:
    print('>>> SessionsClient(mask="gdpr").list(limit=1)[0]["user_info"]')
    with SessionsClient("demo-key", agent_id="agent_123", base_url=url, mask="gdpr") as masked:
        print(masked.list(limit=1)[0]["user_info"], end="\n\n")


def _show_an_error(client: SessionsClient) -> None:
    print('>>> client.list(agent_id="agent_404")')
    try:
        client.list(agent_id="agent_404")
    except SessionsError as error:
        print(f"{type(error).__name__}: {error}\n")


def _shows_bars() -> bool:
    """Whether there is a terminal for a bar, and something that draws one."""
    from importlib.util import find_spec

    return sys.stderr is not None and sys.stderr.isatty() and find_spec("tqdm") is not None


def _table(sessions: Sequence[Session]) -> str:
    rows = [[_cell(session.get(name)) for name in _COLUMNS] for session in sessions]
    widths = [max(map(len, column)) for column in zip(_COLUMNS, *rows, strict=True)]
    rule = ["-" * width for width in widths]
    return "\n".join(_line(cells, widths) for cells in ([*_COLUMNS], rule, *rows))


def _line(cells: Iterable[str], widths: Iterable[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def _cell(value: object) -> str:
    text = "" if value is None else ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= _WIDEST else text[: _WIDEST - 3] + "..."
