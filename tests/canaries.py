"""Finds planted marks in whatever came out of the package, however they are spelled.

It shares nothing with the core's detectors: it knows the marks, and looks for their letters and digits.
"""

import html
import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import unquote

_UNSEEN = dict.fromkeys([0xAD, 0x34F, 0xFEFF, *range(0x200B, 0x2010), *range(0x2060, 0x2065)])
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")


def survivors(output: str | bytes, marks: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the marks that can be read in the output."""
    text = output if isinstance(output, str) else _decoded(output)
    spellings = {plain(text)}
    spellings |= {plain(each) for each in (unquote(text), html.unescape(text), _unescaped(text))}
    letters = "\n".join(spellings)
    digits = "\n".join(re.sub(r"[\s\-./()_]", "", each) for each in spellings)
    return [(kind, mark) for kind, mark in marks if _stands(kind, mark, letters, digits)]


def plain(text: str) -> str:
    """Return the text without case, width and characters that are not seen."""
    return unicodedata.normalize("NFKC", text.translate(_UNSEEN)).casefold()


def _stands(kind: str, mark: str, letters: str, digits: str) -> bool:
    if kind == "name":
        return any(part in letters for part in plain(mark).split())
    if kind in {"phone", "card", "iban"}:
        return re.sub(r"[^0-9a-z]", "", plain(mark)).removeprefix("1" if kind == "phone" else "") in digits
    return plain(mark) in letters


def _decoded(output: bytes) -> str:
    return output.decode("utf-8", "ignore") + "\n" + output.decode("utf-16-le", "ignore")


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
