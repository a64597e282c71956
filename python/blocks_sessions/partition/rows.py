"""What is read once: by `for`, as an Arrow stream, or as a table."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

    import pandas
    import polars
    import pyarrow

    from blocks_sessions._core import SessionIterator
    from blocks_sessions.session import Session

__all__ = ["Rows"]


class Rows:
    """Sessions of a part, or of its settling."""

    __slots__ = ()

    def _rows(self) -> "SessionIterator":
        """Return the listing, which begins with the first call."""
        raise NotImplementedError

    def _begun(self) -> "SessionIterator | None":
        """Return the listing, if it was begun."""
        raise NotImplementedError

    @property
    def stream_error(self) -> "BaseException | None":
        """The exception with which the latest Arrow stream failed; its reader has only the text."""
        begun = self._begun()
        return None if begun is None else begun.stream_error

    def to_arrow(self) -> "pyarrow.Table":
        """Read it into a pyarrow table."""
        return self._rows().to_arrow()

    def to_pandas(self) -> "pandas.DataFrame":
        """Read it into a pandas frame."""
        return self._rows().to_pandas()

    def to_polars(self) -> "polars.DataFrame":
        """Read it into a polars frame."""
        return self._rows().to_polars()

    def close(self) -> None:
        """Stop the reading and its requests."""
        begun = self._begun()
        if begun is not None:
            begun.close()

    def __arrow_c_stream__(self, requested_schema: "object | None" = None) -> object:
        return self._rows().__arrow_c_stream__(requested_schema)

    def __iter__(self) -> "Iterator[Session]":
        return self._rows()

    def __enter__(self) -> "Self":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
