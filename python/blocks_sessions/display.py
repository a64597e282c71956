"""HTML for notebooks: compact, escaped, in the notebook's own colours."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape

__all__ = ["page_html", "report_html", "session_html"]

_COLUMNS = ("session_id", "status", "created_at", "last_message_at", "message_count", "rating", "tags")
_SHOWN_ROWS = 10
_SHOWN_TEXT = 60

# The colours are the notebook's, light or dark; only lines and shades are ours, and half transparent.
_STYLE = (
    "<style>.blocks-sessions table{border-collapse:collapse;font-size:12px}"
    ".blocks-sessions th,.blocks-sessions td{text-align:left!important;padding:3px 10px;"
    "border-bottom:1px solid rgba(128,128,128,.25);white-space:nowrap}"
    ".blocks-sessions th{font-weight:600;border-bottom:1px solid rgba(128,128,128,.6)}"
    ".blocks-sessions caption,.blocks-sessions p{caption-side:top;text-align:left;font-size:12px;"
    "margin:4px 0;opacity:.8}</style>"
)


def page_html(summary: str, sessions: Sequence[Mapping[str, object]]) -> str:
    """Return a table of a page's first sessions, under one line about the page."""
    columns = [name for name in _COLUMNS if any(name in session for session in sessions)]
    rows = [[_text(session.get(name)) for name in columns] for session in sessions[:_SHOWN_ROWS]]
    hidden = len(sessions) - len(rows)
    more = f"… and {hidden} more on this page" if hidden > 0 else ""
    return _frame(_table(columns, rows, summary), more)


def session_html(session: Mapping[str, object]) -> str:
    """Return a table of a session's fields."""
    rows = [[name, _text(value)] for name, value in session.items()]
    return _frame(_table(("field", "value"), rows, f"session {_text(session.get('session_id'))}"))


def report_html(verdict: str, rows: Iterable[tuple[str, str]], warnings: Iterable[str]) -> str:
    """Return a table of what is known of a listing."""
    doubts = [("warning", warning) for warning in warnings]
    return _frame(_table((), [*rows, *doubts], verdict))


def _frame(*parts: str) -> str:
    body = "".join(part if part.startswith("<") else f"<p>{escape(part)}</p>" for part in parts if part)
    return f'<div class="blocks-sessions">{_STYLE}{body}</div>'


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]], caption: str) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in columns)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    top = f"<caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>"
    return f"<table>{top}<tbody>{body}</tbody></table>"


def _text(value: object) -> str:
    if value is None:
        return ""
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= _SHOWN_TEXT else text[: _SHOWN_TEXT - 1] + "…"
