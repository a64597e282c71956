"""Values as short, harmless HTML: cut, escaped, with nothing invisible in them."""

from datetime import UTC
from html import escape
from unicodedata import category

from blocks_sessions._core import _parse_timestamp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["brief", "duration", "identifier", "moment", "muted", "number", "plural", "tags", "text"]

_SHORT = 60
_MOST_PARTS = 12
_MOST_TAGS = 5
# Shown as they are: joiners, which letters and emoji need to look right.
_JOINERS = "\u200c\u200d"
_INVISIBLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def text(value: object, most: int = _SHORT) -> str:
    """Return a text, at most so many characters of it.

    What turns or hides its neighbours is shown by its code, lone surrogates too, which no notebook can save.
    """
    whole = str(value)
    # Not looked at beyond the cut: it may be of any length.
    cut = whole if len(whole) <= most else whole[: most - 1] + "…"
    if not cut.isprintable():
        cut = "".join(map(_visible, cut))
    return escape(cut)


def _visible(character: str) -> str:
    if character in "\n\r\t":
        return " "
    if category(character) not in _INVISIBLE or character in _JOINERS:
        return character
    return character.encode("unicode_escape").decode("ascii")


def identifier(value: object) -> str:
    """Return an identifier; a long one loses its middle, since its end tells it from the others."""
    whole = str(value)
    if len(whole) > 36:  # noqa: PLR2004 - as long as a UUID
        whole = f"{whole[:21]}…{whole[-12:]}"
    return f"<code>{text(whole)}</code>"


def muted(html: str) -> str:
    """Return what is less important than its neighbours."""
    return f'<span class="muted">{html}</span>'


def number(value: float) -> str:
    """Return a number with its thousands apart, and no more decimals than it has."""
    return f"{value:,}" if isinstance(value, int) else f"{value:,.6g}"


def plural(count: int, noun: str) -> str:
    """Return a number of things: `1 page`, `1,000 pages`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def duration(seconds: float) -> str:
    """Return a length of time in its two largest units: `1 h 15 min`."""
    if not 1 <= seconds < 1e9:  # noqa: PLR2004 - a tidier unit would not help
        return f"{seconds:.3g} s"
    rest = round(seconds)
    units = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
    largest = next(index for index, (_, size) in enumerate(units) if rest >= size)
    parts = []
    for unit, size in units[largest : largest + 2]:
        count, rest = divmod(rest, size)
        parts += [f"{count} {unit}"] if count else []
    return " ".join(parts)


def moment(value: object, form: str = "%Y-%m-%d %H:%M") -> str:
    """Return a timestamp in UTC; what is none stays as it was sent."""
    try:
        time = _parse_timestamp(value) if isinstance(value, str) else None
        return text(value) if time is None else time.astimezone(UTC).strftime(form)
    except (OverflowError, ValueError):
        return text(value)


def tags(values: "list[object]") -> str:
    """Return the first of several short texts, each in a frame of its own."""
    shown = [f'<span class="tag">{text(value, 24)}</span>' for value in values[:_MOST_TAGS]]
    if len(values) > _MOST_TAGS:
        shown.append(muted(f"+{len(values) - _MOST_TAGS:,}"))
    return " ".join(shown)


def brief(value: "Mapping[str, object]") -> str:
    """Return the fields of an object, those inside of it as Python shows them."""
    parts = [f"{muted(text(key, 30))} {text(held)}" for key, held in list(value.items())[:_MOST_PARTS]]
    if len(value) > _MOST_PARTS:
        parts.append(muted(f"+{len(value) - _MOST_PARTS:,} more"))
    return " · ".join(parts)
