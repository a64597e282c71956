"""What is known of an export: all that is known of its listing, and of the file."""

from blocks_sessions.report import ListingReport, Report

__all__ = ["ExportReport"]


class ExportReport(ListingReport):
    """What an export knows of itself, and all that its `ListingReport` knows.

    Attributes:
        path: The file, absolute.
        rows: Sessions in the file, those of earlier runs among them.
        bytes: The file's length.
        sha256: Of the whole file, hexadecimal; `None` of standard output.
        resumed: How many earlier runs it went on from.

    The same lies beside the file as JSON, under its name and `.report.json`.
    """

    __slots__ = ("bytes", "path", "resumed", "rows", "sha256")

    path: str
    rows: int
    bytes: int
    sha256: str | None
    resumed: int

    _ROWS: tuple[tuple[str, str], ...] = (
        ("path", "file"),
        ("rows", "sessions in it"),
        ("bytes", "bytes"),
        ("sha256", "sha256"),
        ("resumed", "went on from runs"),
        *ListingReport._ROWS,
    )

    def _repr_html_(self) -> str:
        """A card for notebooks."""
        return Report._repr_html_(self)

    def _verdict(self) -> str:
        proof = f"proven whole by {self.certificate}" if self.complete else "not proven to be whole"
        proof = "cut short by max_items or offset" if self.cut_short else proof
        runs = "" if self.resumed == 0 else f", in {self.resumed + 1} runs"
        return f"{self.path}: {self.rows:,} sessions, {self.bytes:,} bytes, {proof}{runs}"

    def _state(self) -> tuple[str, str]:
        return ("good", "complete") if self.complete else ("warn", "not proven")
