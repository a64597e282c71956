"""The async client behind the blocking one's face: so one test body runs down both paths."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blocks_sessions import AsyncListingIterator, AsyncSessionsClient

# A maker of clients for the server at a URL.
Make = Callable[..., Any]


class Adapted:
    """An `AsyncSessionsClient` whose every call is waited for, in an event loop of its own."""

    def __init__(self, client: AsyncSessionsClient, runner: asyncio.Runner, own: bool = False) -> None:
        self._client, self._runner, self._own = client, runner, own

    def list(self, **options: Any) -> Any:
        return self._runner.run(self._client.list(**options))

    def collect(self, **options: Any) -> Any:
        return self._runner.run(self._client.collect(**options))

    def count(self, **options: Any) -> int:
        return self._runner.run(self._client.count(**options))

    def iter_sessions(self, **options: Any) -> AdaptedIterator:
        return AdaptedIterator(self._client.iter_sessions(**options), self._runner)

    def iter_pages(self, **options: Any) -> AdaptedIterator:
        return AdaptedIterator(self._client.iter_pages(**options), self._runner)

    def ping(self, **options: Any) -> None:
        self._runner.run(self._client.ping(**options))

    def export(self, path: object, **options: Any) -> Any:
        return self._runner.run(self._client.export(path, **options))  # type: ignore[arg-type]

    def sync(self, path: object, **options: Any) -> Any:
        return self._runner.run(self._client.sync(path, **options))  # type: ignore[arg-type]

    def with_options(self, **options: Any) -> Adapted:
        return Adapted(self._client.with_options(**options), self._runner)

    def close(self) -> None:
        self._runner.run(self._client.aclose())
        if self._own:
            self._runner.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return repr(self._client).removeprefix("Async")

    def __copy__(self) -> Adapted:
        return _adapted(copy.copy(self._client))

    def __reduce__(self) -> tuple[object, ...]:
        return _adapted, (self._client,)


class AdaptedIterator:
    """An async iterator, read by a plain `for`."""

    def __init__(self, iterator: AsyncListingIterator, runner: asyncio.Runner) -> None:
        self._iterator, self._runner = iterator, runner

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        async def following() -> Any:
            return await anext(self._iterator)  # type: ignore[call-overload]

        try:
            return self._runner.run(following())
        except StopAsyncIteration:
            raise StopIteration from None

    def close(self) -> None:
        self._runner.run(self._iterator.aclose())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._iterator, name)
        if not name.startswith("to_"):
            return value
        return lambda: self._runner.run(value())

    def __repr__(self) -> str:
        return repr(self._iterator).replace("<Async", "<", 1)


def _adapted(client: AsyncSessionsClient) -> Adapted:
    return Adapted(client, asyncio.Runner(), own=True)
