"""A web service over an agent's sessions: pages for a dashboard, and the newest unhappy visitors.

pip install fastapi uvicorn blocks-sessions
BLOCKS_PROJECT_KEY=... BLOCKS_AGENT_ID=... uvicorn service:app
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request
from fastapi.responses import JSONResponse

from blocks_sessions import (
    AgentNotFoundError,
    AsyncSessionsClient,
    RateLimitError,
    Session,
    SessionsError,
    Timeout,
)

log = logging.getLogger(__name__)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """One client for the life of the process: it keeps its connections, and is safe to share."""
    # A hundred open dashboards make one request in two seconds, and a caller waits ten seconds at most.
    async with AsyncSessionsClient(cache_ttl=2, timeout=Timeout(total=10)) as client:
        app.state.sessions = client
        yield


app = FastAPI(title="Chat sessions", lifespan=lifespan)


def shown(session: Session) -> dict[str, Any]:
    """What a dashboard may see: no names, no addresses, no feedback."""
    return {
        "id": session.session_id,
        "status": session.status,
        "last_message_at": session["last_message_at"],
        "messages": session.message_count,
        "rating": session.rating,
    }


@app.get("/sessions")
async def page(request: Request, number: Annotated[int, Query(ge=1)] = 1) -> dict[str, Any]:
    """One page of the list, as it stands now."""
    client: AsyncSessionsClient = request.app.state.sessions
    found = await client.list(limit=50, offset=(number - 1) * 50)
    return {
        "sessions": [shown(session) for session in found],
        "page": found.page_number,
        "pages": found.page_count,
        "total": found.total_count,
    }


@app.get("/unhappy")
async def unhappy(request: Request, most: Annotated[int, Query(ge=1, le=100)] = 10) -> list[dict[str, Any]]:
    """The newest sessions with one or two stars; reading stops when there are enough."""
    client: AsyncSessionsClient = request.app.state.sessions
    sessions = client.iter_sessions(where="rating <= 2", max_items=most)
    return [shown(session) async for session in sessions]


@app.exception_handler(SessionsError)
async def failed(_: Request, error: SessionsError) -> JSONResponse:
    """Tell callers what they can act on; the rest belongs into the log."""
    if isinstance(error, AgentNotFoundError):
        return JSONResponse({"detail": "no such agent"}, status_code=404)
    if isinstance(error, RateLimitError):
        wait = str(round(error.retry_after or 1))
        return JSONResponse({"detail": "busy"}, status_code=503, headers={"retry-after": wait})
    log.error("the chat service: %s", error)
    return JSONResponse({"detail": "the chat service did not answer"}, status_code=502)
