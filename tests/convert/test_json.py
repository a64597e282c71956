"""The JSON reader against Python's own: the same values for every valid text, and no others read."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from blocks_sessions import _core

CASES = Path(__file__).parents[1] / "fixtures" / "json"


def cases(folder: str) -> pytest.MarkDecorator:
    files = sorted((CASES / folder).glob("*.json"))
    assert files, f"no cases in {folder}"
    return pytest.mark.parametrize("text", [pytest.param(file.read_bytes(), id=file.stem) for file in files])


def check_same(text: bytes) -> None:
    """`repr` tells -0.0 from 0.0, 1 from 1.0 and True, and shows the order of keys."""
    assert repr(_core._loads(text)) == repr(json.loads(text))


@cases("valid")
def test_valid(text: bytes) -> None:
    check_same(text)


@cases("invalid")
def test_invalid(text: bytes) -> None:
    with pytest.raises(ValueError):
        json.loads(text)
    with pytest.raises(ValueError, match=r"\(at byte \d+\)$"):
        _core._loads(text)


@cases("stricter")
def test_stricter(text: bytes) -> None:
    json.loads(text)
    with pytest.raises(ValueError, match=r"\(at byte \d+\)$"):
        _core._loads(text)


@cases("valid")
def test_every_cut_is_read_alike(text: bytes) -> None:
    for end in range(0, len(text), 1 + len(text) // 500):
        check_agreement(text[:end])


def refused_by_choice(text: bytes) -> bool:
    """Whether we refuse on purpose what `json.loads` reads."""
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return True
    if json.detect_encoding(text) not in ("utf-8", "utf-8-sig"):
        return True
    return any(word in text for word in (b"NaN", b"Infinity")) or text.count(b"[") + text.count(b"{") > 128


def check_agreement(text: bytes) -> None:
    try:
        expected = json.loads(text)
    except (ValueError, RecursionError):
        with pytest.raises(ValueError):
            _core._loads(text)
        return
    try:
        assert repr(_core._loads(text)) == repr(expected)
    except ValueError:
        assert refused_by_choice(text), text


# Text of any kind, lone surrogates too, with much of what is special.
texts = st.text(
    st.one_of(st.characters(), st.characters(categories=["Cs"]), st.sampled_from('"\\/\b\n\r\t\x7f\0'))
)
keys = st.one_of(texts, st.sampled_from(["session_id", "status", "tags", "a", "b"]))
values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.integers(min_value=-(2**70), max_value=2**70),
        st.floats(allow_nan=False, allow_infinity=False),
        texts,
    ),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(keys, inner)),
    max_leaves=40,
)


@given(values, st.booleans(), st.sampled_from([None, 1, "\t", " \r\n"]))
def test_whatever_python_writes(value: Any, ascii_only: bool, indent: int | str | None) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    try:
        encoded = text.encode()
    except UnicodeEncodeError:
        encoded = json.dumps(value, indent=indent).encode()
    assert repr(_core._loads(encoded)) == repr(value)


digits = st.text("0123456789", min_size=1, max_size=25)
numbers = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["", "-", "+"]),
        digits,
        st.one_of(st.just(""), digits.map(lambda text: "." + text), st.just(".")),
        st.one_of(
            st.just(""),
            st.builds("".join, st.tuples(st.sampled_from("eE"), st.sampled_from(["", "+", "-"]), digits)),
            st.integers(-400, 400).map(lambda power: f"e{power}"),
        ),
    ),
)


@given(numbers)
@example("9" * 4300)
@example("-" + "9" * 4301)
def test_numbers(text: str) -> None:
    check_agreement(text.encode())


@given(st.floats(), st.integers(0, 40))
def test_floats_in_any_number_of_digits(number: float, places: int) -> None:
    if math.isfinite(number):
        check_same(f"[{number!r}, {number:.{places}e}, {number:.{places}f}]".encode())


# Pieces that most often meet at the wrong place, one a line or between blanks.
PIECES = """
{ } [ ] : , " \\ \\u \\n \\ud83d \\ude00 0 1 - . e5 true false null NaN é "a" "b": "a": [] {} 12 1.5
"""
pieces = st.sampled_from([" ", "\n", "\x1f", *PIECES.split()])


@settings(max_examples=500)
@given(st.lists(pieces, max_size=12).map("".join))
def test_any_string_of_pieces(text: str) -> None:
    check_agreement(text.encode())


@given(st.binary(max_size=40))
def test_any_bytes(text: bytes) -> None:
    check_agreement(text)


PAGE = json.dumps(
    {
        "sessions": [
            {
                "session_id": f"s{n}",
                "tags": ["a", "é", "\ud800"],
                "rating": n / 2,
                "user_info": {"name": "x\ny"},
            }
            for n in range(3)
        ],
        "total_count": 12345678901234567890,
    }
).encode()


@given(st.integers(0, len(PAGE) - 1), st.binary(max_size=3), st.integers(0, 3))
def test_any_small_damage(at: int, inserted: bytes, removed: int) -> None:
    check_agreement(PAGE[:at] + inserted + PAGE[at + removed :])


@given(st.lists(st.dictionaries(keys, values, max_size=6), max_size=20))
def test_remembered_keys_and_values_change_nothing(rows: list[dict[str, Any]]) -> None:
    """Keys and short values are remembered from one object to the next."""
    text = json.dumps(rows + rows[::-1]).encode()
    for _ in range(2):
        check_same(text)


@given(
    st.lists(st.tuples(st.sampled_from(["a", "b", "c", "\\u0061", "\ud83d"]), st.integers(0, 9)), max_size=8)
)
def test_repeated_keys(entries: list[tuple[str, int]]) -> None:
    body = ", ".join(f'"{key}": {value}' for key, value in entries)
    check_same(("{" + body + "}").encode("utf-8", "replace"))


def test_more_keys_and_values_than_are_remembered() -> None:
    rows = [{f"key {n}": f"value {n}", "same": f"{n % 3000}"} for n in range(5000)]
    check_same(json.dumps([*rows, *rows]).encode())


def test_text_is_not_echoed() -> None:
    with pytest.raises(ValueError) as caught:
        _core._loads(b'{"name": "Jane Smith", "x": secret}')
    assert str(caught.value) == "expected a value (at byte 28)"


def test_nesting_as_deep_as_it_goes_in_a_thread() -> None:
    """A thread's stack is the smallest that there is."""
    import threading

    found: list[Any] = []
    text = b'[{"a":' * 64 + b"1" + b"}]" * 64
    thread = threading.Thread(target=lambda: found.append(_core._loads(text)))
    thread.start()
    thread.join()
    assert repr(found[0]) == repr(json.loads(text))
