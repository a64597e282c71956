"""Access tokens: a client's function is called in a thread of its own; a file is read when it is asked."""

import _thread
import sys

from blocks_sessions._core import _read_secret
from blocks_sessions.exceptions import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Awaitable, Callable
    from contextvars import Context
    from os import PathLike

    from blocks_sessions._core import _TokenReply

__all__ = ["TokenFile", "call", "start"]


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


def start(
    function: "Callable[[], object]",
    may_await: bool,
    latest_loop: "AbstractEventLoop | None",
    reply: "_TokenReply",
    context: "Context | None" = None,
) -> None:
    """Call the function in a new thread, with the caller's context variables; say so if there can be none."""
    work = (call, function, may_await, latest_loop, reply)
    try:
        if context is None:
            _start_new_thread()(work[0], work[1:])
        else:
            _start_new_thread()(context.run, work)
    except (RuntimeError, ConfigurationError) as error:
        reply.fail(ConfigurationError(f"the access_token function could not be called: {error}"))


def _start_new_thread() -> "Callable[..., object]":
    """Return what starts a real thread, also where a library has put threads of its own in its place.

    Those would run when the thread that asks for a token gives way to them, which it never does.
    """
    if (gevent := sys.modules.get("gevent.monkey")) is not None:
        return gevent.get_original("_thread", "start_new_thread")  # type: ignore[no-any-return]
    if (eventlet := sys.modules.get("eventlet.patcher")) is not None:
        return eventlet.original("_thread").start_new_thread  # type: ignore[no-any-return]
    if type(_thread.start_new_thread).__name__ != "builtin_function_or_method":
        name = getattr(_thread.start_new_thread, "__module__", "a library")
        raise ConfigurationError(
            f"{name} has replaced Python's threads by its own, for which nothing can wait"
        )
    return _thread.start_new_thread


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
    from concurrent import futures

    async def wait() -> object:
        return await awaitable

    if latest_loop is None or latest_loop.is_closed():
        return asyncio.run(wait())
    try:
        return asyncio.run_coroutine_threadsafe(wait(), latest_loop).result()
    except futures.CancelledError:
        # What a thread's future raises is none of asyncio's, for which whoever awaits looks.
        raise asyncio.CancelledError("the access_token function was cancelled") from None
