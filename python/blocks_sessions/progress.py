"""Progress of a listing: a tqdm bar, or a function of the caller's own."""

from collections.abc import Callable

from blocks_sessions.exceptions import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from tqdm.std import tqdm

__all__ = ["Bar", "Listener", "listener"]


class Listener:
    """Passes progress on to a function of the caller's own."""

    def __init__(self, tell: Callable[[int, int | None], object]) -> None:
        self._tell = tell

    def __call__(self, done: int, total: int | None) -> None:
        """Tell how many sessions are done, of how many, if that is known."""
        self._tell(done, total)

    def close(self) -> None:
        """Nothing to end: the function is the caller's."""


class Bar:
    """A tqdm bar: in the terminal, or as a widget in a notebook."""

    def __init__(self) -> None:
        self._bar: tqdm[Any] | None = None

    def __call__(self, done: int, total: int | None) -> None:
        """Show how many sessions are done, of how many, if that is known."""
        # A bar that counts to nothing is false.
        bar = self._open() if self._bar is None else self._bar
        bar.total = total
        bar.update(done - bar.n)

    def close(self) -> None:
        """End the bar where it stands; a listing that goes on opens it again."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def _open(self) -> "tqdm[Any]":
        bar = _tqdm()(unit=" sessions", desc="Listing")
        self._bar = bar
        return bar


def _tqdm() -> "Callable[..., tqdm[Any]]":
    try:
        from tqdm.auto import tqdm
    except ImportError:
        raise ConfigurationError(
            "progress=True needs tqdm: pip install 'blocks-sessions[progress]'. "
            "Or pass a function, which is called with (done, total)."
        ) from None
    return tqdm


def listener(progress: "Any") -> Bar | Listener:
    """Make what a listing reports to, from its `progress=` argument.

    Raises:
        ConfigurationError: A bar is wanted and tqdm is not installed.
        TypeError: It is neither a boolean nor callable.
    """
    if progress is True:
        _tqdm()
        return Bar()
    if callable(progress):
        return Listener(progress)
    raise TypeError(f"progress must be True, False or a callable, not {type(progress).__name__}")
