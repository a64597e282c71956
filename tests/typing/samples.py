"""What type checkers make of the public interface; mypy reads this file, nobody runs it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, assert_type

from blocks_sessions import (
    AgentNotFoundError,
    APIStatusError,
    AsyncSessionsClient,
    ErrorDetail,
    ListingReport,
    Session,
    SessionList,
    SessionPage,
    SessionsClient,
    ValidationError,
)


def sessions(session: Session) -> None:
    assert_type(session["status"], str)
    assert_type(session.status, str | None)
    assert_type(session["created_at"], str)
    assert_type(session.created_at, datetime | None)
    assert_type(session["message_count"], int)
    assert_type(session.message_count, int | None)
    assert_type(session["rating"], float)
    assert_type(session["tags"], list[str])
    assert_type(session.tags, list[str] | None)
    assert_type(session["user_info"], dict[str, Any])
    assert_type(session["resolved"], bool)
    assert_type(session["something else"], Any)
    assert_type(session.get("status"), str | None)
    assert_type(session.get("rating", 0.0), float)
    assert_type(session.copy(), Session)


def blocking(client: SessionsClient) -> None:
    page = client.list(agent_id="agent_123", limit=50, offset=0)
    assert_type(page, SessionPage)
    assert_type(page[0], Session)
    assert_type(page[-3:], list[Session])
    assert_type(page.total_count, int | None)
    assert_type(client.collect(), SessionList)
    for session in client.iter_sessions(consistency="fast"):
        assert_type(session, Session)
    for each in client.iter_pages(progress=lambda done, total: None):
        assert_type(each, SessionPage)
    assert_type(client.iter_sessions().report, ListingReport)
    assert_type(client.with_options(agent_id="a"), SessionsClient)


async def asynchronous(client: AsyncSessionsClient) -> None:
    assert_type(await client.list(), SessionPage)
    assert_type(await client.collect(), SessionList)
    async for session in client.iter_sessions():
        assert_type(session, Session)
    async for page in client.iter_pages():
        assert_type(page, SessionPage)
    async with client as entered:
        assert_type(entered, AsyncSessionsClient)


def errors(error: AgentNotFoundError) -> None:
    assert_type(error.errors, tuple[ErrorDetail, ...])
    assert_type(error.status_code, int | None)
    assert_type(error.retry_after, float | None)
    validation: ValidationError = error
    status: APIStatusError = validation
    value: ValueError = validation
    print(status, value)
