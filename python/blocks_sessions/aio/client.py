"""The asyncio client: the same names and arguments as the blocking one, over the same core."""

from blocks_sessions._core import SessionsClient
from blocks_sessions.aio.iterators import AsyncPageIterator, AsyncSessionIterator

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from os import PathLike
    from typing import Any, Literal, Self, TypeAlias

    from blocks_sessions._core import SessionPage, Timeout
    from blocks_sessions.session import Session

    _Consistency: TypeAlias = Literal["checked", "strict", "fast"]
    _Progress: TypeAlias = bool | Callable[[int, int | None], object]
    # The client has a method of this name.
    _Sessions: TypeAlias = list[Session]

# A setting that `with_options` is to leave as it is; `None` is its default.
UNCHANGED: "Any" = ...

__all__ = ["AsyncSessionsClient"]


class AsyncSessionsClient:
    """Lists an agent's chat sessions, for asyncio.

    It takes the arguments of `SessionsClient`, which documents them, and has the same methods; an
    `access_token` function may be an async one. One client serves one event loop after another.

    Raises:
        ConfigurationError: A setting is missing, wrong or contradicts another. All faults at once.

    Example:
        >>> import asyncio
        >>> from blocks_sessions import AsyncSessionsClient
        >>> from blocks_sessions.testing import Emulator
        >>> async def total(url: str) -> int | None:
        ...     async with AsyncSessionsClient("demo-key", agent_id="agent_123", base_url=url) as client:
        ...         return (await client.list(limit=50)).total_count
        >>> with Emulator(sessions=247) as server:
        ...     asyncio.run(total(server.url))
        247
    """

    __slots__ = ("__weakref__", "_client")

    def __init__(
        self,
        project_key: str | None = None,
        *,
        agent_id: str | None = None,
        blocks_key: str | None = None,
        access_token: "str | Callable[[], str | Awaitable[str]] | None" = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        base_url: str | None = None,
        timeout: "float | Timeout | None" = None,
        max_retries: int | None = None,
        max_concurrency: int | None = None,
        max_requests_per_second: float | None = None,
        headers: "Mapping[str, str] | None" = None,
        proxy: str | None = None,
        ca_bundle: "str | PathLike[str] | None" = None,
        cache_ttl: float | None = None,
    ) -> None:
        options: dict[str, Any] = {name: value for name, value in locals().items() if name != "self"}
        self._client = SessionsClient._for_asyncio(options, {})

    async def list(
        self,
        *,
        agent_id: str | None = None,
        limit: int = 100,
        offset: int = 0,
        extra_body: "Mapping[str, object] | None" = None,
        timeout: "float | Timeout | None" = None,
        max_retries: int | None = None,
    ) -> "SessionPage":
        """Return one page of sessions, by one request; see `SessionsClient.list`."""
        return await self._client._list_async(agent_id, limit, offset, extra_body, timeout, max_retries)

    def iter_sessions(
        self,
        *,
        agent_id: str | None = None,
        page_size: int = 100,
        offset: int = 0,
        max_items: int | None = None,
        max_concurrency: int | None = None,
        consistency: "_Consistency" = "checked",
        progress: "_Progress" = False,
        extra_body: "Mapping[str, object] | None" = None,
        timeout: "float | Timeout | None" = None,
        max_retries: int | None = None,
    ) -> AsyncSessionIterator:
        """Iterate over all sessions, one by one; see `SessionsClient.iter_sessions`."""
        options = {name: value for name, value in locals().items() if name != "self"}
        return AsyncSessionIterator(self._client._listing_async("iter_sessions", True, options))

    def iter_pages(
        self,
        *,
        agent_id: str | None = None,
        page_size: int = 100,
        offset: int = 0,
        max_items: int | None = None,
        max_concurrency: int | None = None,
        consistency: "_Consistency" = "checked",
        progress: "_Progress" = False,
        extra_body: "Mapping[str, object] | None" = None,
        timeout: "float | Timeout | None" = None,
        max_retries: int | None = None,
    ) -> AsyncPageIterator:
        """Iterate over all sessions in pages of `page_size`; see `SessionsClient.iter_pages`."""
        options = {name: value for name, value in locals().items() if name != "self"}
        return AsyncPageIterator(self._client._listing_async("iter_pages", False, options))

    async def collect(
        self,
        *,
        agent_id: str | None = None,
        page_size: int = 100,
        offset: int = 0,
        max_items: int | None = None,
        max_concurrency: int | None = None,
        consistency: "_Consistency" = "checked",
        progress: "_Progress" = False,
        extra_body: "Mapping[str, object] | None" = None,
        timeout: "float | Timeout | None" = None,
        max_retries: int | None = None,
    ) -> "_Sessions":
        """Return all sessions in one list; see `SessionsClient.collect`."""
        options = {name: value for name, value in locals().items() if name != "self"}
        pages = AsyncPageIterator(self._client._listing_async("collect", True, options))
        sessions: _Sessions = []
        async with pages:
            async for page in pages:
                page._append_to(sessions)
        return sessions

    def with_options(
        self,
        *,
        project_key: "str | None" = UNCHANGED,
        agent_id: "str | None" = UNCHANGED,
        blocks_key: "str | None" = UNCHANGED,
        access_token: "str | Callable[[], str | Awaitable[str]] | None" = UNCHANGED,
        client_id: "str | None" = UNCHANGED,
        client_secret: "str | None" = UNCHANGED,
        base_url: "str | None" = UNCHANGED,
        timeout: "float | Timeout | None" = UNCHANGED,
        max_retries: "int | None" = UNCHANGED,
        max_concurrency: "int | None" = UNCHANGED,
        max_requests_per_second: "float | None" = UNCHANGED,
        headers: "Mapping[str, str] | None" = UNCHANGED,
        proxy: "str | None" = UNCHANGED,
        ca_bundle: "str | PathLike[str] | None" = UNCHANGED,
        cache_ttl: "float | None" = UNCHANGED,
    ) -> "AsyncSessionsClient":
        """Return a client with some settings changed, which shares this one's connections.

        `None` takes a setting back to its default; what is not named stays as it is.
        """
        given = {name: value for name, value in locals().items() if name != "self" and value is not UNCHANGED}
        client = object.__new__(type(self))
        client._client = self._client.with_options(**given)
        return client

    async def aclose(self) -> None:
        """Close the connections; any later call raises `ConfigurationError`."""
        self._client.close()

    async def __aenter__(self) -> "Self":
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"Async{self._client!r}"

    def _repr_html_(self) -> str:
        """A card for notebooks: where the client calls, as whom, and how patiently."""
        from blocks_sessions.display import client_html

        return client_html(type(self).__name__, self._client._facts())

    def __reduce__(self) -> "tuple[object, ...]":
        return _rebuild, (type(self), *self._client._settings())


def _rebuild(
    cls: type[AsyncSessionsClient], options: "dict[str, Any]", environment: "dict[str, str | None]"
) -> AsyncSessionsClient:
    client = object.__new__(cls)
    client._client = SessionsClient._for_asyncio(options, environment)
    return client
