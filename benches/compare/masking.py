"""What a mask costs a listing, and how quickly free text is searched, beside tools that do the same.

The tools are those that find by patterns, since models are slower still; one that is not installed
has no figure.
`python -m pip install presidio-analyzer scrubadub datafog` installs them.
"""

from __future__ import annotations

import random
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .peers import OURS, Task, ours

if TYPE_CHECKING:
    from collections.abc import Callable

PLAIN = f"{OURS}, no mask"
MASKED = f'{OURS}, mask="gdpr"'

MASK: dict[str, Task] = {
    PLAIN: lambda url, _: ours(url).collect(),
    MASKED: lambda url, _: ours(url, mask="gdpr").collect(),
}

# The words of chats; then numbers and addresses that are kept for examples, one a line.
TALK, _, LINES = (Path(__file__).parents[1] / "talk.txt").read_text(encoding="utf-8").partition("\n\n")
VALUES = LINES.splitlines()
# Texts of chats: some ten to eighty words, a value in one of so many.
ONE_IN = {"one text in four": 4, "every text": 1}


def texts(one_in: int, count: int) -> list[str]:
    dice = random.Random(3)
    made = []
    for _ in range(count):
        words = dice.choices(TALK.split(), k=dice.randrange(10, 80))
        if dice.randrange(one_in) == 0:
            words.insert(dice.randrange(len(words)), dice.choice(VALUES))
        made.append(" ".join(words))
    return made


def blocks() -> Callable[[str], object]:
    from blocks_sessions import Mask

    return Mask("training", key="ephemeral").text


def presidio() -> Callable[[str], object]:
    """Its pattern recognisers by themselves: what its engine does without a model."""
    from presidio_analyzer import predefined_recognizers as known

    names = ("Email", "CreditCard", "Iban", "Ip", "Phone", "Url", "UsSsn")
    recognisers = [getattr(known, f"{name}Recognizer")() for name in names]

    def find(text: str) -> list[Any]:
        return [found for each in recognisers for found in each.analyze(text, each.supported_entities, None)]

    return find


def scrubadub() -> Callable[[str], object]:
    import scrubadub as tool

    clean: Callable[[str], object] = tool.Scrubber().clean
    return clean


def datafog() -> Callable[[str], object]:
    from datafog.processing.text_processing.regex_annotator.regex_annotator import RegexAnnotator

    annotate: Callable[[str], object] = RegexAnnotator().annotate
    return annotate


def alternation() -> Callable[[str], object]:
    pattern = re.compile(
        r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|https?://\S+|(?:\d{1,3}\.){3}\d{1,3}|(?:[0-9a-f]{2}:){5}[0-9a-f]{2}"
        r"|[a-z]{2}\d{2}(?: ?[0-9a-z]{4}){3,7}(?: ?[0-9a-z]{1,3})?|(?:\d[ -]?){13,19}"
        r"|\+?\(?\d[\d ()./-]{7,}\d|gh[pousr]_\w{36}|password[:=]\s*\S+",
        re.IGNORECASE,
    )
    return lambda text: pattern.sub("[found]", text)


SCAN: dict[str, Callable[[], Callable[[str], object]]] = {
    "Presidio's pattern recognisers": presidio,
    "scrubadub": scrubadub,
    "DataFog's patterns": datafog,
    "one Python re": alternation,
    OURS: blocks,
}


def speed(name: str, one_in: int) -> dict[str, float]:
    """Megabytes of text a second that the thread has; slow tools are given fewer texts."""
    find = SCAN[name]()
    find("warm up: jane@example.com")
    count, spent = 50, 0.0
    while spent < 1:
        count *= 2
        some = texts(one_in, count)
        before = time.thread_time()
        for text in some:
            find(text)
        spent = time.thread_time() - before
    size = sum(len(text.encode()) for text in some)
    return {"wall": spent / size, "mb": size / spent / 1e6}
