"""Progress of a listing: a tqdm bar, or a function of the caller's own."""

import sys
from collections.abc import Callable
from importlib import import_module

from blocks_sessions.exceptions import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from tqdm.std import tqdm

__all__ = ["Bar", "Listener", "listener", "unasked"]

# Seconds between two lines of a bar that goes to a log, and not to a terminal or a notebook.
_LOGGED = 10.0


class Listener:
    """Passes progress on to a function of the caller's own; how it begins and ends is the caller's."""

    def __init__(self, tell: Callable[[int, int | None], object]) -> None:
        self._tell = tell

    def __call__(self, done: int, total: int | None) -> None:
        """Tell how many sessions are done, of how many, if that is known."""
        try:
            self._tell(done, total)
        except (StopIteration, StopAsyncIteration, GeneratorExit) as error:
            # No loop and no coroutine must take it for its end, as in generators.
            name = type(error).__name__
            raise RuntimeError(f"code that the client called raised {name}") from error

    def keep(self, kept: int) -> None:
        """So many of them are kept by the listing's condition."""

    def begin(self) -> None:
        """A request is about to be made."""

    def finish(self) -> None:
        """The listing is at its end."""

    def fail(self) -> None:
        """A request failed."""

    def stop(self) -> None:
        """The caller has closed the listing."""


class Bar:
    """A tqdm bar: in the terminal, or as a widget in a notebook.

    It opens with the first request, so that the time which that takes counts too. A listing that goes on
    after a failure opens another, which goes on from where the last one stood.
    """

    def __init__(self, every: float = 0.1) -> None:
        self._every = every
        self._bar: tqdm[Any] | None = None
        self._done = 0
        self._total: int | None = None

    def keep(self, kept: int) -> None:
        """Show how many of them are kept by the listing's condition, beside the bar."""
        self._opened().set_postfix_str(f"{kept:,} kept", refresh=False)

    def begin(self) -> None:
        """Show the bar."""
        self._opened()

    def __call__(self, done: int, total: int | None) -> None:
        """Show how many sessions are done, of how many, if that is known."""
        self._done, self._total = done, total
        bar = self._opened()
        _set_total(bar, total)
        bar.update(done - bar.n)

    def finish(self) -> None:
        """End the bar as full: what was found is all, whatever the service had counted."""
        if (bar := self._taken()) is not None:
            _set_total(bar, self._done if bar.total else None)
            bar.close()

    def fail(self) -> None:
        """End the bar where it stands, in a widget as failed, even if all sessions have come."""
        if (bar := self._taken()) is not None:
            if (widget := _widget(bar)) is not None:
                widget.bar_style = "danger"
            bar.close()

    def stop(self) -> None:
        """End the bar where it stands, which the caller wanted."""
        if (bar := self._taken()) is not None:
            bar.close()
            # tqdm takes what is not full for a failure.
            if (widget := _widget(bar)) is not None:
                widget.bar_style = "info"

    def __del__(self) -> None:
        self.stop()

    def _opened(self) -> "tqdm[Any]":
        # Compared with None, since a bar that counts to nothing is false.
        if self._bar is None:
            settings = {"unit": " sessions", "desc": "Listing", "dynamic_ncols": True}
            self._bar = _tqdm()(initial=self._done, total=self._total, mininterval=self._every, **settings)
        return self._bar

    def _taken(self) -> "tqdm[Any] | None":
        bar, self._bar = self._bar, None
        return bar


def _set_total(bar: "tqdm[Any]", total: int | None) -> None:
    """Change what the bar counts to: the list may grow and shrink while it is read."""
    if bar.total == total:
        return
    first, bar.total = bar.total is None, total
    # A widget has a length of its own.
    if total and (widget := _widget(bar)) is not None:
        widget.max = total
        widget.bar_style = ""
    # Later ones are drawn with an update, which is not done too often.
    if first:
        bar.refresh()


def _widget(bar: "tqdm[Any]") -> "Any":
    """Return a notebook bar's own widget."""
    container = getattr(bar, "container", None)
    return None if container is None else container.children[1]


def _tqdm() -> "Callable[..., tqdm[Any]]":
    try:
        if "tqdm.auto" not in sys.modules:
            _import_quietly()
        from tqdm.auto import tqdm
    except ImportError:
        raise ConfigurationError(
            "progress=True needs tqdm: pip install 'blocks-sessions[progress]'. "
            "Or pass a function, which is called with (done, total)."
        ) from None
    return tqdm


def _import_quietly() -> None:
    """Import tqdm, which warns of a notebook without ipywidgets: there, a bar of text will do."""
    import warnings

    from tqdm import TqdmWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TqdmWarning)
        import_module("tqdm.auto")


def listener(progress: "Any") -> Bar | Listener:
    """Make what a listing reports to, from its `progress=` argument.

    Raises:
        ConfigurationError: A bar is wanted and tqdm is not installed.
        TypeError: It is neither a boolean nor callable.
    """
    if progress is True:
        _tqdm()
        # A process without a console, as of a window's program or a service, has nowhere to show a bar.
        return Bar() if sys.stderr is not None else Listener(lambda *_: None)
    if callable(progress):
        return Listener(progress)
    raise TypeError(f"progress must be True, False or a callable, not {type(progress).__name__}")


def unasked() -> Bar | None:
    """Make what shows progress where nobody said how: a bar, if there is tqdm and a place for it."""
    if sys.stderr is None:
        return None
    try:
        _tqdm()
    except ConfigurationError:
        return None
    seen = "ipykernel" in sys.modules or sys.stderr.isatty()
    return Bar() if seen else Bar(every=_LOGGED)
