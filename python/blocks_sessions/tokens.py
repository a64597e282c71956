"""Access tokens: a client's function is called in a thread of its own; a file is read when it is asked."""

from blocks_sessions._core import _read_secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Awaitable, Callable
    from os import PathLike

    from blocks_sessions._core import _TokenReply

__all__ = ["TokenFile", "call"]


class TokenFile:
    """An `access_token` function that reads a file, which another program may renew meanwhile."""

    __slots__ = ("_named_by", "_path")

    def __init__(self, named_by: str, path: "str | PathLike[str]") -> None:
        self._named_by = named_by
        self._path = path

    def __call__(self) -> str:
        """Return the token that the file holds now."""
        return _read_secret(self._named_by, self._path)

    def __repr__(self) -> str:
        return f"TokenFile({str(self._path)!r})"


def call(
    function: "Callable[[], object]",
    may_await: bool,
    latest_loop: "AbstractEventLoop | None",
    reply: "_TokenReply",
) -> None:
    """Call the function, await what it returns where that is allowed, and hand on what came of it."""
    try:
        token = function()
        if may_await and hasattr(token, "__await__"):
            token = _await_in(token, latest_loop)
    # Whatever it is, it is for whoever waits for the token.
    except BaseException as error:  # noqa: BLE001
        reply.fail(error)
    else:
        reply.give(token)


def _await_in(awaitable: "Awaitable[object]", latest_loop: "AbstractEventLoop | None") -> object:
    """Wait, in a thread without a loop, for something that is to be awaited in the caller's loop."""
    import asyncio

    async def wait() -> object:
        return await awaitable

    if latest_loop is None or latest_loop.is_closed():
        return asyncio.run(wait())
    return asyncio.run_coroutine_threadsafe(wait(), latest_loop).result()
