"""A page of sessions as a table of its most telling columns, and one session with all its fields."""

from blocks_sessions.display import card, text
from blocks_sessions.display.listing import judged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from blocks_sessions._core import SessionPage
    from blocks_sessions.collected import SessionList
    from blocks_sessions.session import Session

__all__ = ["list_html", "page_html", "session_html"]

# The columns of a page, with the class of their cells. First the one that the list is sorted by; a notebook
# is wide enough for all but the last.
_COLUMNS = {
    "last_message_at": "time",
    "session_id": "",
    "status": "",
    "message_count": "num",
    "rating": "num",
    "tags": "",
    "created_at": "time",
}
_TIMES = ("created_at", "updated_at", "last_message_at", "closed_at")
_IDS = ("session_id", "agent_id", "widget_id", "user_id")
_STATUS = {"active": "good", "idle": "warn", "closed": "quiet", "abandoned": "bad"}
_SHOWN_ROWS = 10
_SHOWN_FIELDS = 60
# In a session's own card there is room for what the user said.
_LONG = 300


def page_html(summary: str, page: "SessionPage") -> str:
    """Return a table of a page's first sessions."""
    table = _grid(page[:_SHOWN_ROWS], len(page), "sessions on this page")
    return card.card("SessionPage", summary, "", table, _page_hint(page))


def list_html(sessions: "SessionList") -> str:
    """Return a table of the first sessions of a list, however long that is."""
    table = _grid(list(sessions[:_SHOWN_ROWS]), len(sessions), "sessions")
    state = judged(sessions.report) if sessions.report is not None else ""
    hint = card.hint(f"{card.code('sessions.to_pandas()')} has all columns") if sessions else ""
    return card.card("SessionList", text.plural(len(sessions), "session"), state, table, hint)


def _grid(sessions: "list[Session]", total: int, what: str) -> str:
    columns = {name: kind for name, kind in _COLUMNS.items() if any(name in session for session in sessions)}
    rows = [[_cell(name, session.get(name)) for name in columns] for session in sessions]
    heads = [(name + (text.muted(" UTC") if kind == "time" else ""), kind) for name, kind in columns.items()]
    shown = f"the first {len(rows)} of {total:,} {what}" if total > len(rows) else ""
    return card.grid(heads, rows, shown) if columns else ""


def _page_hint(page: "SessionPage") -> str:
    hints = [f"{card.code('page.to_pandas()')} has all columns"] if len(page) else []
    if page.has_next:
        call = f"client.list(limit={page.limit}, offset={page.next_offset})"
        hints.append(f"{card.code(call)} is the next page")
    return card.hint(*hints) if hints else ""


def session_html(session: "Mapping[str, object]") -> str:
    """Return a table of a session's fields."""
    fields = list(session.items())
    rows = [(text.text(name), _value(name, value)) for name, value in fields[:_SHOWN_FIELDS]]
    if len(fields) > len(rows):
        rows.append((text.muted(f"+{len(fields) - len(rows):,}"), text.muted("more fields")))
    name, status = session.get("session_id"), session.get("status")
    now = "" if status is None else _cell("status", status)
    return card.card("Session", text.identifier(name) if name is not None else "", now, card.facts(rows))


def _cell(name: str, value: object) -> str:
    """Return a value as briefly as it can be told."""
    if value is None:
        return ""
    if name == "status" and isinstance(value, str):
        return card.state(_STATUS.get(value, "quiet"), text.text(value, 24))
    if name in _IDS:
        return text.identifier(value)
    if name in _TIMES:
        return text.moment(value)
    return text.tags(value) if name == "tags" and isinstance(value, list) else text.text(value)


def _value(name: str, value: object) -> str:
    """Return a value at some length."""
    if value is None:
        return text.muted("null")
    if name in _TIMES:
        return text.moment(value, "%Y-%m-%d %H:%M:%S UTC")
    if name == "duration_seconds" and isinstance(value, (int, float)) and value >= 60:  # noqa: PLR2004 - a minute
        return f"{text.text(value)} {text.muted(f'({text.duration(value)})')}"
    if isinstance(value, dict):
        return text.brief(value)
    return _cell(name, value) if name in (*_IDS, "tags", "status") else text.text(value, _LONG)
