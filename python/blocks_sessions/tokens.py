"""Calls a client's `access_token` function, in a thread of its own."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Awaitable, Callable

    from blocks_sessions._core import _TokenReply

__all__ = ["call"]


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
