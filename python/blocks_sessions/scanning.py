"""Whether files that were written hold personal data, or values that somebody knows."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from os import PathLike, fspath
from pathlib import Path
from typing import Any, NamedTuple

from blocks_sessions._core import _scan

__all__ = ["ScanFinding", "ScanReport", "scan"]


class ScanFinding(NamedTuple):
    """Where something was found; never what.

    Attributes:
        file: The path as it was given, or within the folder that was.
        row: The line, row or session, from 1.
        column: The column, or the path within the row; empty where a file has neither.
        kind: What the detectors took it for; `"value"` for one of the values that were given.
        count: How often it is there.
    """

    file: str
    row: int
    column: str
    kind: str
    count: int  # type: ignore[assignment]  # a tuple has a method of that name


class ScanReport:
    """What was found in some files.

    Attributes:
        findings: One for each place and kind, ten thousand at most.
        more: Findings beyond those.
        files: How many files were looked through.
        rows: How many rows or lines.
        kinds: How often each kind was found.
    """

    __slots__ = ("files", "findings", "kinds", "more", "rows")

    findings: tuple[ScanFinding, ...]
    more: int
    files: int
    rows: int
    kinds: Mapping[str, int]

    def __init__(self, **known: object) -> None:
        for name in self.__slots__:
            object.__setattr__(self, name, known[name])

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a ScanReport cannot be changed: {name}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a ScanReport cannot be changed: {name}")

    @property
    def clean(self) -> bool:
        """Whether nothing was found."""
        return not self.kinds

    def __bool__(self) -> bool:
        raise TypeError("a ScanReport is neither true nor false: ask for .clean")

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self._known()))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ScanReport):
            return NotImplemented
        return self._known() == other._known()

    def __hash__(self) -> int:
        return hash((self.findings, self.more, self.files, self.rows))

    def __repr__(self) -> str:
        return (
            f"ScanReport(clean={self.clean}, files={self.files}, rows={self.rows}, kinds={dict(self.kinds)})"
        )

    def __str__(self) -> str:
        lines = [self._title()]
        lines += [f"  {f.file}:{f.row} {f.column}: {f.count} {f.kind}" for f in self.findings]
        if self.more:
            lines.append(f"  and {self.more:,} more")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """A table for notebooks."""
        rows = "".join(
            f"<tr><td>{escape(f.file)}</td><td>{f.row:,}</td><td>{escape(f.column)}</td>"
            f"<td>{escape(f.kind)}</td><td>{f.count:,}</td></tr>"
            for f in self.findings[:100]
        )
        head = "<tr><th>file</th><th>row</th><th>column</th><th>kind</th><th>count</th></tr>"
        return f"<p>{escape(self._title())}</p><table>{head}{rows}</table>"

    def to_dict(self) -> dict[str, object]:
        """Return the report as JSON can hold it."""
        known = self._known()
        known["findings"] = [finding._asdict() for finding in self.findings]
        known["kinds"] = dict(self.kinds)
        return known

    def _known(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in self.__slots__}

    def _title(self) -> str:
        read = f"{self.files:,} files, {self.rows:,} rows"
        if self.clean:
            return f"clean: nothing found in {read}"
        return f"found in {read}: " + ", ".join(f"{kind} {count:,}" for kind, count in self.kinds.items())


def scan(
    *paths: "str | PathLike[str]",
    values: Iterable[str] = (),
) -> ScanReport:
    """Look through files and folders for personal data.

    JSON, JSON Lines and Parquet are looked at by paths, CSV and SQLite (as mirrors are) by columns, anything
    else by lines; `.gz` and `.zst` around them are taken off. Without pyarrow, Parquet must be compressed
    with zstd, as exports are, or not at all. Pseudonyms, networks and placeholders are no findings.

    Args:
        paths: Files and folders.
        values: Values to look for as well, however they are spelled: names, addresses, numbers.

    Raises:
        ConfigurationError: A file cannot be read.

    Example:
        >>> from pathlib import Path
        >>> from blocks_sessions import scan
        >>> _ = Path("masked.jsonl").write_text('{"feedback": "[name] wrote to [email]"}')
        >>> scan("masked.jsonl", values=["Mei Chen"]).clean
        True
    """
    plain: list[str] = []
    rows: list[tuple[str, bytes]] = []
    for path in _files(paths):
        read = _parquet(path) if path.suffix.lower() == ".parquet" else None
        if read is None:
            plain.append(str(path))
        else:
            rows.append((str(path), _lines(read)))
    known = json.loads(_scan(plain, rows, [str(value) for value in values]))
    known["findings"] = tuple(ScanFinding(**finding) for finding in known["findings"])
    return ScanReport(**known)


def _rebuild(cls: type[ScanReport], known: dict[str, object]) -> ScanReport:
    return cls(**known)


def _files(paths: "Sequence[str | PathLike[str]]") -> Iterator[Path]:
    for path in (Path(fspath(each)) for each in paths):
        if path.is_dir():
            yield from sorted(file for file in path.rglob("*") if file.is_file() and not file.is_symlink())
        else:
            yield path


def _lines(rows: Iterable[Mapping[str, object]]) -> bytes:
    return "\n".join(json.dumps(row, default=str) for row in rows).encode()


def _parquet(path: Path) -> Iterator[Mapping[str, object]] | None:
    """Rows as pyarrow reads them, whatever their compression; `None` where the core is to read them."""
    try:
        from pyarrow import parquet
    except ImportError:
        return None
    return _rows(path, parquet)


def _rows(path: Path, parquet: Any) -> Iterator[Mapping[str, object]]:
    from blocks_sessions.exceptions import ConfigurationError

    try:
        for batch in parquet.ParquetFile(path).iter_batches():
            yield from batch.to_pylist()
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path}: {type(error).__name__}: it cannot be read as Parquet") from None
