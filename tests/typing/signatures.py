"""Writes the keywords of the public functions that the bindings declare into the stubs: `make stubs`."""

from __future__ import annotations

import re
from pathlib import Path

import blocks_sessions
from blocks_sessions._core import _signatures

PACKAGE = Path(blocks_sessions.__file__).parent
STUBS = [PACKAGE / "_core.pyi", PACKAGE / "aio" / "client.pyi"]
# A function of a client, with one parameter a line.
FUNCTION = re.compile(r"(    (?:async )?def (\w+)\(\n        (?:self|cls),\n)(.*?)(    \) -> )", re.DOTALL)
CONSTRUCTORS = {"__init__": "SessionsClient", "__new__": "SessionsClient"}


def parameters(function: str) -> str:
    """Write the parameters of a function, as they stand in a stub."""
    unchanged = function == "with_options"
    lines = [
        f"{name}: {kind} = {'...' if unchanged else default}".replace("'", '"')
        for name, kind, default in _signatures()[CONSTRUCTORS.get(function, function)]
    ]
    lines.insert(1 if function in CONSTRUCTORS else 0, "*")
    return "".join(f"        {line},\n" for line in lines)


def with_signatures(stub: str) -> str:
    """Give a stub with the keywords as they are declared now. Parameters above `*` are the stub's own."""

    def rewritten(found: re.Match[str]) -> str:
        head, function, old, tail = found.groups()
        # Other classes have constructors of their own.
        theirs = function in CONSTRUCTORS and "project_key" not in old
        if theirs or CONSTRUCTORS.get(function, function) not in _signatures():
            return found.group()
        own = (
            "" if function in CONSTRUCTORS else old.split("        *,\n")[0] if "        *,\n" in old else ""
        )
        return f"{head}{own}{parameters(function)}{tail}"

    return FUNCTION.sub(rewritten, stub)


if __name__ == "__main__":
    for file in STUBS:
        file.write_text(with_signatures(file.read_text(encoding="utf-8")), encoding="utf-8")
