"""`Emulator`: the service in memory, and what can be changed and seen of it while it runs.

What its options become for the compiled module is the business of `options`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

from blocks_sessions._core import _Emulator
from blocks_sessions.testing import options as _options
from blocks_sessions.testing.types import Churn, History, HistoryEvent, ReceivedRequest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from types import TracebackType
    from typing import Self

    from blocks_sessions.testing.options import Sessions
    from blocks_sessions.testing.types import Faults

__all__ = ["Emulator"]

_PAGE_TOTAL = 247


class Emulator:
    """The sessions endpoint in memory, on a port of this machine, until it is closed.

    It follows the service's own documentation to the letter: the list begins with the two sessions shown
    there; all others are made from `seed` and their rank, so a million of them costs no memory.

    Args:
        sessions: How many sessions the agent `"agent_123"` has (247 by default), or the sessions themselves,
            served as they are.
        agents: Several agents instead, each with a number of sessions or with sessions of its own.
        seed: Same seed, same sessions, same changes, same faults.
        keys: The accepted project keys (`project_key`, and `x-blocks-key` where it is sent), or the only one.
        latency: Seconds before each answer. It can be changed later.
        require_token: `True` asks for an access token, `"demo-token"` or one granted for client credentials;
            a text is the token to ask for.
        client_id: Who may ask for a token.
        client_secret: The secret that goes with it.
        expires_in: How long a granted token lives, in seconds; `None`: for good.
        order: What the list is sorted by, most recent first: `last_message_at`, or `created_at`.
        page_limit: No page is longer than this, whatever was asked for.
        offset_unit: Whether an offset skips sessions, as documented, or pages.
        total_count: Whether `total_count` is right, null, or just the length of the page.
        churn: Changes of the list between requests, or by the clock.
        faults: Faults to cause; several are drawn one after the other.
        rate_limit: Requests a second, beyond which the answer is 429.
        ties: The share of sessions whose sort key equals their neighbour's.
        null_keys: The share of sessions whose sort key is null; they come last.
        error_style: Whether validation errors look like pydantic 1 (as documented) or pydantic 2.
        now: Where the server's clock starts; it runs on from there. The made sessions end just before it (the
            documentation's two are then left out), changes are stamped and answers are dated by it.
            Without it the made sessions end in January 2026, and the clock is this machine's.
        plant: A seed for marks: made-up personal data in every place of every session and refusal, spelled in
            several ways. `planted` tells them, for a test that none of them gets through a mask.
        host: The address to listen on.
        port: The port to listen on; 0 takes any free one.

    Raises:
        ValueError: An option is out of its range; the message says which.
        OSError: The port cannot be had.

    Example:
        >>> from blocks_sessions import SessionsClient
        >>> from blocks_sessions.testing import Emulator
        >>> with Emulator(sessions=10_000, seed=7) as server:
        ...     client = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
        ...     client.list(limit=1).total_count
        10000
    """

    __slots__ = ("_agents", "_churn", "_core", "_faults", "_rate_limit")

    def __init__(
        self,
        sessions: Sessions | None = None,
        *,
        agents: Mapping[str, Sessions] | None = None,
        seed: int = 0,
        keys: str | Iterable[str] = ("demo-key", "YOUR_PROJECT_KEY"),
        latency: float = 0.0,
        require_token: bool | str = False,
        client_id: str = "demo-client",
        client_secret: str = "demo-secret",  # noqa: S107 - a server's, made up
        expires_in: int | None = 3600,
        order: Literal["activity", "created"] = "activity",
        page_limit: int = 100,
        offset_unit: Literal["sessions", "pages"] = "sessions",
        total_count: Literal["exact", "null", "page"] = "exact",
        churn: Churn | None = None,
        faults: Faults | Iterable[Faults] | None = None,
        rate_limit: float | None = None,
        ties: float = 0.0,
        null_keys: float = 0.0,
        error_style: Literal["pydantic1", "pydantic2"] = "pydantic1",
        now: datetime | None = None,
        plant: int | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        if sessions is not None and agents is not None:
            raise ValueError("give either sessions= or agents=, not both")
        if agents is None:
            agents = {"agent_123": _PAGE_TOTAL if sessions is None else sessions}
        _options.check_kinds(agents, keys)
        self._churn = _options.checked_churn(churn)
        self._faults = _options.checked_faults(faults)
        self._rate_limit = rate_limit
        self._agents = tuple(agents)
        self._core = _Emulator(
            {
                "agents": [(name, _options.held(held)) for name, held in agents.items()],
                "seed": _options.whole("seed", seed) % 2**64,
                "keys": [keys] if isinstance(keys, str) else list(keys),
                "latency": latency,
                "require_token": bool(require_token),
                "token": require_token if isinstance(require_token, str) else "demo-token",
                "client_id": client_id,
                "client_secret": client_secret,
                "expires_in": expires_in,
                "order": order,
                "page_limit": page_limit,
                "offset_unit": offset_unit,
                "total_count": total_count,
                "churn": tuple(self._churn),
                "faults": _options.fault_parts(self._faults),
                "rate_limit": rate_limit,
                "ties": ties,
                "null_keys": null_keys,
                "error_style": error_style,
                "now": None if now is None else _options.micros(now),
                "plant": None if plant is None else plant % 2**64,
                "host": host,
                "port": port,
            }
        )

    @property
    def url(self) -> str:
        """The base URL for a client."""
        return self._core.url

    @property
    def requests(self) -> list[ReceivedRequest]:
        """What arrived, the oldest first; of very many, the latest 20,000."""
        return [
            ReceivedRequest(request[0], request[1], _options.joined(request[2]), *request[3:])
            for request in self._core.requests()
        ]

    @property
    def request_count(self) -> int:
        """How many requests arrived in all."""
        return self._core.request_count()

    @property
    def in_flight(self) -> int:
        """How many requests are being answered now."""
        return self._core.in_flight()[0]

    @property
    def peak_in_flight(self) -> int:
        """How many requests were being answered at the same time, at most."""
        return self._core.in_flight()[1]

    @property
    def latency(self) -> float:
        """Seconds before each answer. Setting it concerns the requests that arrive from then on."""
        return self._core.latency()

    @latency.setter
    def latency(self, seconds: float) -> None:
        self._core.set_latency(seconds)

    @property
    def churn(self) -> Churn:
        """How the lists move. Setting it holds from then on."""
        return self._churn

    @churn.setter
    def churn(self, churn: Churn | None) -> None:
        checked = _options.checked_churn(churn)
        self._core.set_churn(tuple(checked))
        self._churn = checked

    @property
    def faults(self) -> tuple[Faults, ...]:
        """The faults that are caused. Setting it, to one, several or `None`, holds from then on."""
        return self._faults

    @faults.setter
    def faults(self, faults: Faults | Iterable[Faults] | None) -> None:
        checked = _options.checked_faults(faults)
        self._core.set_faults(_options.fault_parts(checked))
        self._faults = checked

    @property
    def rate_limit(self) -> float | None:
        """Requests a second, beyond which the answer is 429. Setting it holds from then on."""
        return self._rate_limit

    @rate_limit.setter
    def rate_limit(self, per_second: float | None) -> None:
        self._core.set_rate_limit(per_second)
        self._rate_limit = per_second

    @property
    def planted(self) -> list[tuple[str, str]]:
        """With `plant=`: each kind and mark that was sent so far, to look for in what a mask let through."""
        return self._core.planted()

    @property
    def now(self) -> datetime:
        """The server's clock, in UTC. Setting it, to an aware `datetime`, lets it run on from there."""
        return _options.moment(self._core.now())

    @now.setter
    def now(self, now: datetime) -> None:
        self._core.set_now(_options.micros(now))

    def add(self, session: Mapping[str, object], agent: str | None = None) -> None:
        """Add a session, where its sort key belongs; without one, at the end.

        Args:
            session: The session, served as it is.
            agent: Whose session; without a name, the first agent's.

        Raises:
            KeyError: There is no such agent.
            ValueError: There is a session of this `session_id`.

        Example:
            >>> from blocks_sessions.testing import Emulator
            >>> with Emulator(sessions=10) as server:
            ...     server.add({"session_id": "mine", "last_message_at": "2026-02-01T00:00:00Z"})
            ...     server.sessions()[0]["session_id"]
            'mine'
        """
        self._core.add(self._named(agent), _options.json_text(session))

    def update(self, session_id: str, /, agent: str | None = None, **fields: object) -> None:
        """Change fields of a session. It moves if its sort key changes, and stays where it is if not.

        Args:
            session_id: Which session.
            agent: Whose session; without a name, the first agent's.
            fields: What the fields are from now on; `None` is JSON's null.

        Raises:
            KeyError: There is no such agent or session.
            ValueError: `session_id` is among the fields.
        """
        if "session_id" in fields:
            raise ValueError("a session keeps its session_id: delete it and add another")
        self._core.update(self._named(agent), session_id, _options.json_text(fields))

    def delete(self, session_id: str, agent: str | None = None) -> None:
        """Delete a session.

        Args:
            session_id: Which session.
            agent: Whose session; without a name, the first agent's.

        Raises:
            KeyError: There is no such agent or session.
        """
        self._core.delete(self._named(agent), session_id)

    def accept_token(self, token: str, expires_in: int | None = None) -> None:
        """Accept this access token from now on, for so many seconds or until `revoke_tokens()`."""
        self._core.accept_token(token, expires_in)

    @property
    def history(self) -> History:
        """What became of the sessions of the first agent since the start, or since `forget_history()`."""
        return self.history_of()

    def history_of(self, agent: str | None = None) -> History:
        """What became of one agent's sessions.

        Args:
            agent: Its name; without one, the first agent.

        Raises:
            KeyError: There is no such agent.
        """
        existed, changes = self._core.history(self._named(agent))
        events = tuple(HistoryEvent(*change) for change in changes)
        inserted, touched, deleted, edited = (
            frozenset(event.session_id for event in events if event.kind == kind)
            for kind in ("inserted", "touched", "deleted", "edited")
        )
        return History(frozenset(existed), inserted, touched, deleted, events, edited)

    def forget_history(self) -> None:
        """Begin the history anew: "throughout" then counts from now."""
        self._core.forget_history()

    def sessions(self, agent: str | None = None) -> list[dict[str, Any]]:
        """The truth: the sessions as they are now, in the order of the list.

        Args:
            agent: Whose sessions; without a name, the first agent's.

        Raises:
            KeyError: There is no such agent.
        """
        sessions: list[dict[str, Any]] = json.loads(self._core.sessions(self._named(agent)))
        return sessions

    def session_count(self, agent: str | None = None) -> int:
        """How many sessions an agent has now."""
        return self._core.session_count(self._named(agent))

    def revoke_tokens(self) -> None:
        """Make every access token that exists invalid. New ones are granted."""
        self._core.revoke_tokens()

    def close(self) -> None:
        """Close the port and all connections. What was recorded can still be read."""
        self._core.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Emulator: {self.url}>"

    def _named(self, agent: str | None) -> str:
        if agent is not None:
            return agent
        if not self._agents:
            raise KeyError("the emulator has no agent")
        return self._agents[0]
