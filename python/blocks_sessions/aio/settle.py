"""How an awaitable of the core gets its value, in its own event loop."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import Future
    from typing import Any


def _settle(awaited: "Future[object]", value: "Any", failed: bool) -> None:
    """Give an awaitable its value, in its own loop; it may have been cancelled on the way."""
    if awaited.done():
        return
    if failed:
        awaited.set_exception(value)
    else:
        awaited.set_result(value)
