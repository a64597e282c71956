"""The typed face of `session.py`: what type checkers and editors see."""

from datetime import datetime
from typing import Any, Literal, Self, TypeAlias, TypeVar, overload

__all__ = ["Session"]

_T = TypeVar("_T")
_Text: TypeAlias = Literal[
    "session_id",
    "agent_id",
    "widget_id",
    "user_id",
    "status",
    "user_agent",
    "ip_address",
    "feedback",
    "created_at",
    "updated_at",
    "last_message_at",
    "closed_at",
]
_Integer: TypeAlias = Literal["message_count", "user_messages", "agent_messages"]
_Number: TypeAlias = Literal["duration_seconds", "response_time_avg", "rating", "lead_score", "revenue"]
_Truth: TypeAlias = Literal["resolved", "escalated", "conversion"]
_Texts: TypeAlias = Literal["tags"]
_Object: TypeAlias = Literal["user_info", "metadata", "context"]
_Open: TypeAlias = Literal["location", "sentiment"]

class Session(dict[str, Any]):
    """One chat session: a dictionary of exactly what the service sent, in the order sent.

    Every field that the service documents is also a read-only attribute with a type: `None` where it
    is absent, `datetime` with a zone for timestamps. A field of another type than documented raises
    `TypeError` (or `ValueError`, for text that is no timestamp) only when its attribute is asked for.

    Example:
        >>> session = Session(session_id="session_abc123", created_at="2026-01-12T08:30:00Z", rating=5)
        >>> session.rating, session["created_at"], session.created_at.year, session.closed_at
        (5, '2026-01-12T08:30:00Z', 2026, None)
    """

    @property
    def session_id(self) -> str | None:
        """The session's unique identifier."""
    @property
    def agent_id(self) -> str | None:
        """The agent (or widget) that the session belongs to."""
    @property
    def widget_id(self) -> str | None:
        """The widget that was used."""
    @property
    def user_id(self) -> str | None:
        """The user, if authenticated."""
    @property
    def status(self) -> str | None:
        """The status: "active", "idle", "closed" or "abandoned"."""
    @property
    def created_at(self) -> datetime | None:
        """When the session began."""
    @property
    def updated_at(self) -> datetime | None:
        """When the session was last changed."""
    @property
    def last_message_at(self) -> datetime | None:
        """When the latest message was sent."""
    @property
    def closed_at(self) -> datetime | None:
        """When the session was closed."""
    @property
    def message_count(self) -> int | None:
        """Number of messages exchanged."""
    @property
    def user_messages(self) -> int | None:
        """Number of messages by the user."""
    @property
    def agent_messages(self) -> int | None:
        """Number of answers by the agent."""
    @property
    def duration_seconds(self) -> float | None:
        """Length of the session in seconds."""
    @property
    def response_time_avg(self) -> float | None:
        """Mean time to an answer, as sent."""
    @property
    def user_info(self) -> dict[str, Any] | None:
        """The user's profile: name, email, phone and the like."""
    @property
    def user_agent(self) -> str | None:
        """The user's browser or device."""
    @property
    def ip_address(self) -> str | None:
        """The user's IP address, if tracked."""
    @property
    def location(self) -> str | dict[str, Any] | None:
        """Where the user is, as sent."""
    @property
    def metadata(self) -> dict[str, Any] | None:
        """Custom fields: source, referrer, campaign and the like."""
    @property
    def tags(self) -> list[str] | None:
        """The categories that the session was given."""
    @property
    def context(self) -> dict[str, Any] | None:
        """Further context."""
    @property
    def rating(self) -> float | None:
        """The user's rating, 1 to 5."""
    @property
    def feedback(self) -> str | None:
        """The user's feedback."""
    @property
    def resolved(self) -> bool | None:
        """Whether the issue was resolved."""
    @property
    def escalated(self) -> bool | None:
        """Whether the session was escalated."""
    @property
    def sentiment(self) -> str | dict[str, Any] | None:
        """The overall sentiment, as sent."""
    @property
    def lead_score(self) -> float | None:
        """The quality of the lead."""
    @property
    def conversion(self) -> bool | None:
        """Whether the user converted."""
    @property
    def revenue(self) -> float | None:
        """The revenue that the session brought."""
    @overload
    def __getitem__(self, key: _Text, /) -> str: ...
    @overload
    def __getitem__(self, key: _Integer, /) -> int: ...
    @overload
    def __getitem__(self, key: _Number, /) -> float: ...
    @overload
    def __getitem__(self, key: _Truth, /) -> bool: ...
    @overload
    def __getitem__(self, key: _Texts, /) -> list[str]: ...
    @overload
    def __getitem__(self, key: _Object, /) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, key: _Open, /) -> str | dict[str, Any]: ...
    @overload
    def __getitem__(self, key: str, /) -> Any: ...
    @overload  # type: ignore[override]
    def get(self, key: _Text, default: None = None, /) -> str | None: ...
    @overload
    def get(self, key: _Text, default: _T, /) -> str | _T: ...
    @overload
    def get(self, key: _Integer, default: None = None, /) -> int | None: ...
    @overload
    def get(self, key: _Integer, default: _T, /) -> int | _T: ...
    @overload
    def get(self, key: _Number, default: None = None, /) -> float | None: ...
    @overload
    def get(self, key: _Number, default: _T, /) -> float | _T: ...
    @overload
    def get(self, key: _Truth, default: None = None, /) -> bool | None: ...
    @overload
    def get(self, key: _Truth, default: _T, /) -> bool | _T: ...
    @overload
    def get(self, key: _Texts, default: None = None, /) -> list[str] | None: ...
    @overload
    def get(self, key: _Texts, default: _T, /) -> list[str] | _T: ...
    @overload
    def get(self, key: _Object, default: None = None, /) -> dict[str, Any] | None: ...
    @overload
    def get(self, key: _Object, default: _T, /) -> dict[str, Any] | _T: ...
    @overload
    def get(self, key: _Open, default: None = None, /) -> str | dict[str, Any] | None: ...
    @overload
    def get(self, key: _Open, default: _T, /) -> str | dict[str, Any] | _T: ...
    @overload
    def get(self, key: str, default: Any = None, /) -> Any: ...
    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        """Tell pydantic, and so FastAPI, that a session is validated and written as a dictionary is."""
    def copy(self) -> Self:
        """Return a shallow copy, also a `Session`."""
    def _repr_html_(self) -> str: ...
