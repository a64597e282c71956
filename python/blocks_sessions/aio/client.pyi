"""The typed face of `client.py`: what type checkers and editors see. `make stubs` writes the keywords."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from os import PathLike
from typing import Any, Literal, Self, TypeAlias

from blocks_sessions._core import Mask, SessionPage, Timeout
from blocks_sessions._types import AsyncAccessToken, ClientCert, Consistency, Moment, OnEvent, Progress
from blocks_sessions.aio.dataset import AsyncSessionsDataset
from blocks_sessions.aio.iterators import AsyncPageIterator, AsyncSessionIterator
from blocks_sessions.aio.partition import AsyncPartitionPlan
from blocks_sessions.collected import SessionList
from blocks_sessions.export import ExportReport
from blocks_sessions.mirror import AsyncChangeIterator, SyncReport

__all__ = ["AsyncSessionsClient"]

AccessToken: TypeAlias = AsyncAccessToken

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

    def __init__(
        self,
        project_key: str | None = None,
        *,
        agent_id: str | None = None,
        blocks_key: str | None = None,
        access_token: AccessToken | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        base_url: str | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        max_concurrency: int | None = None,
        max_connections: int | None = None,
        max_requests_per_second: float | None = None,
        retry_budget: int | None = None,
        headers: Mapping[str, str | None] | None = None,
        proxy: str | None = None,
        ca_bundle: str | PathLike[str] | None = None,
        client_cert: ClientCert | None = None,
        cache_ttl: float | None = None,
        mask: Mask | str | PathLike[str] | None = None,
        consistency: Consistency | None = None,
        progress: Progress | None = None,
        on_event: OnEvent | None = None,
    ) -> None: ...
    @staticmethod
    def from_profile(name: str | None = None, **settings: object) -> AsyncSessionsClient:
        """Return a client with the settings of a profile; see `SessionsClient.from_profile`."""
    async def list(
        self,
        *,
        agent_id: str | None = None,
        limit: int = 100,
        offset: int = 0,
        where: str | None = None,
        fields: Sequence[str] | None = None,
        extra_body: Mapping[str, object] | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str | None] | None = None,
    ) -> SessionPage:
        """Return one page of sessions, by one request; see `SessionsClient.list`."""
    def iter_sessions(
        self,
        *,
        agent_id: str | None = None,
        where: str | None = None,
        fields: Sequence[str] | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
        offset: int = 0,
        max_items: int | None = None,
        consistency: Consistency | None = None,
        progress: Progress | None = None,
        max_concurrency: int | None = None,
        extra_body: Mapping[str, object] | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str | None] | None = None,
        deadline: float | None = None,
        page_size: int = 100,
    ) -> AsyncSessionIterator:
        """Iterate over all sessions, one by one; see `SessionsClient.iter_sessions`."""
    def iter_pages(
        self,
        *,
        agent_id: str | None = None,
        where: str | None = None,
        fields: Sequence[str] | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
        offset: int = 0,
        max_items: int | None = None,
        consistency: Consistency | None = None,
        progress: Progress | None = None,
        max_concurrency: int | None = None,
        extra_body: Mapping[str, object] | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str | None] | None = None,
        deadline: float | None = None,
        page_size: int = 100,
    ) -> AsyncPageIterator:
        """Iterate over all sessions in pages of `page_size`; see `SessionsClient.iter_pages`."""
    def dataset(
        self,
        *,
        agent_id: str | None = None,
        where: str | None = None,
        fields: Sequence[str] | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
        offset: int = 0,
        max_items: int | None = None,
        consistency: Consistency | None = None,
        progress: Progress | None = None,
        max_concurrency: int | None = None,
        extra_body: Mapping[str, object] | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str | None] | None = None,
        deadline: float | None = None,
        page_size: int = 100,
    ) -> AsyncSessionsDataset:
        """Return the list as something to read again and again; see `SessionsClient.dataset`."""
    async def collect(
        self,
        *,
        agent_id: str | None = None,
        where: str | None = None,
        fields: Sequence[str] | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
        offset: int = 0,
        max_items: int | None = None,
        consistency: Consistency | None = None,
        progress: Progress | None = None,
        max_concurrency: int | None = None,
        extra_body: Mapping[str, object] | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str | None] | None = None,
        deadline: float | None = None,
        page_size: int = 100,
    ) -> SessionList:
        """Return all sessions in one list; see `SessionsClient.collect`."""
    async def count(
        self,
        *,
        where: str | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
        agent_id: str | None = None,
        consistency: Consistency | None = None,
        progress: Progress | None = None,
        max_concurrency: int | None = None,
        extra_body: Mapping[str, object] | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str | None] | None = None,
        deadline: float | None = None,
    ) -> int: ...
    async def partitions(
        self,
        n: int,
        *,
        agent_id: str | None = None,
        where: str | None = None,
        fields: Sequence[str] | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
        max_concurrency: int | None = None,
        extra_body: Mapping[str, object] | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str | None] | None = None,
        deadline: float | None = None,
    ) -> AsyncPartitionPlan:
        """Cut the list into parts that several machines read; see `SessionsClient.partitions`."""
    async def sync(
        self,
        path: str | PathLike[str],
        *,
        agent_id: str | None = None,
        mode: Literal["auto", "head", "full"] = "auto",
        full_every: timedelta | float | None = ...,
        vanished: Literal["mark", "drop"] = "mark",
        keep_changes: timedelta | float | None = ...,
        consistency: Literal["checked", "strict"] | None = None,
        progress: Progress | None = None,
        max_concurrency: int | None = None,
        extra_body: Mapping[str, object] | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str | None] | None = None,
        deadline: float | None = None,
    ) -> SyncReport:
        """Bring a local copy of the agent's list up to date; see `SessionsClient.sync`."""
    def watch(
        self,
        path: str | PathLike[str] | None = None,
        *,
        since: int | None = None,
        interval: float | timedelta = 5.0,
        agent_id: str | None = None,
        mode: Literal["auto", "head", "full"] = "auto",
        full_every: timedelta | float | None = ...,
        vanished: Literal["mark", "drop"] = "mark",
        keep_changes: timedelta | float | None = ...,
        consistency: Literal["checked", "strict"] | None = None,
        max_concurrency: int | None = None,
        extra_body: Mapping[str, object] | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str | None] | None = None,
    ) -> AsyncChangeIterator:
        """Iterate over what changes in the agent's list; see `SessionsClient.watch`."""
    async def export(
        self,
        path: str | PathLike[str],
        *,
        agent_id: str | None = None,
        where: str | None = None,
        fields: Sequence[str] | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
        offset: int = 0,
        max_items: int | None = None,
        consistency: Consistency | None = None,
        progress: Progress | None = None,
        max_concurrency: int | None = None,
        extra_body: Mapping[str, object] | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str | None] | None = None,
        deadline: float | None = None,
        format: str | None = None,
        compression: str = "infer",
        compression_level: int | None = None,
        resume: bool | None = None,
        overwrite: bool = False,
        spreadsheet_safe: bool = False,
    ) -> ExportReport:
        """Write all sessions to a file that appears when it is whole; see `SessionsClient.export`.

        Cancelling the task commits what was read, so that the same call goes on from there.
        """
    def with_options(
        self,
        *,
        project_key: str | None = ...,
        agent_id: str | None = ...,
        blocks_key: str | None = ...,
        access_token: AccessToken | None = ...,
        client_id: str | None = ...,
        client_secret: str | None = ...,
        base_url: str | None = ...,
        timeout: float | Timeout | None = ...,
        max_retries: int | None = ...,
        max_concurrency: int | None = ...,
        max_connections: int | None = ...,
        max_requests_per_second: float | None = ...,
        retry_budget: int | None = ...,
        headers: Mapping[str, str | None] | None = ...,
        proxy: str | None = ...,
        ca_bundle: str | PathLike[str] | None = ...,
        client_cert: ClientCert | None = ...,
        cache_ttl: float | None = ...,
        mask: Mask | str | PathLike[str] | None = ...,
        consistency: Consistency | None = ...,
        progress: Progress | None = ...,
        on_event: OnEvent | None = ...,
    ) -> AsyncSessionsClient:
        """Return a client with some settings changed; see `SessionsClient.with_options`."""
    async def ping(
        self,
        *,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str | None] | None = None,
    ) -> None:
        """Ask whether the service is there and takes the credentials; see `SessionsClient.ping`."""
    async def aclose(self) -> None:
        """Close the connections and end what is under way; later requests raise `ConfigurationError`."""
    async def __aenter__(self) -> Self: ...
    async def __aexit__(self, *exception: object) -> None: ...
    def __reduce__(self) -> tuple[Any, ...]: ...
    def _repr_html_(self) -> str: ...

def _rebuild(
    cls: type[AsyncSessionsClient], options: dict[str, Any], environment: dict[str, str | None]
) -> AsyncSessionsClient: ...
