"""What the service answers instead of a page, class by class."""

from blocks_sessions._errors.base import SessionsError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class APIStatusError(SessionsError):
    """The service refused, with an HTTP status other than 200.

    Attributes:
        status_code: The HTTP status; `None` where the client's own check refused the
            arguments before any request.
        message: The service's own words.
        body: The answer's body: parsed if it was JSON, else text; `None` if there was none.
        request_id: The service's name for the request, if it gave one.
        headers: The answer's headers, with names in lower case.
        attempts: How many times the request was sent.
        retry_after: Seconds after which the service wants to be asked again, if it said so.
    """

    __module__ = "blocks_sessions.exceptions"

    status_code: int | None
    message: str
    body: object
    request_id: str | None
    headers: "Mapping[str, str]"
    attempts: int
    retry_after: float | None
    _TOLD: tuple[str, ...] = ("status_code", "request_id", "attempts", "retry_after")

    def __init__(
        self,
        message: str = "",
        *,
        text: str | None = None,
        status_code: int | None = None,
        body: object = None,
        request_id: str | None = None,
        headers: "Mapping[str, str] | None" = None,
        attempts: int = 1,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message if text is None else text)
        self.message = message
        self.status_code = status_code
        self.body = body
        self.request_id = request_id
        self.headers = dict(headers or {})
        self.attempts = attempts
        self.retry_after = retry_after

    @property
    def retryable(self) -> bool:
        """Whether the same call may succeed later, with nothing changed."""
        return self.status_code in _RETRYABLE_STATUSES


# What a client tries again by itself, and whoever gets the error may try later.
_RETRYABLE_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504, *range(520, 525), 529})


class BadRequestError(APIStatusError):
    """400: the service could not read the request."""

    __module__ = "blocks_sessions.exceptions"


class AuthenticationError(APIStatusError):
    """401: a token is missing, wrong or expired."""

    __module__ = "blocks_sessions.exceptions"


class PermissionDeniedError(APIStatusError):
    """403: these credentials may not list these sessions."""

    __module__ = "blocks_sessions.exceptions"


class NotFoundError(APIStatusError):
    """404: no such agent, project or path."""

    __module__ = "blocks_sessions.exceptions"


class RateLimitError(APIStatusError):
    """429: too many requests; `retry_after` tells for how long to wait, if the service said so."""

    __module__ = "blocks_sessions.exceptions"


class InternalServerError(APIStatusError):
    """5xx: the service, or a proxy in front of it, failed."""

    __module__ = "blocks_sessions.exceptions"


class ErrorDetail:
    """One fault of a request.

    Attributes:
        loc: Where it is, as in `("body", "limit")`.
        msg: What is wrong, for a person.
        type: What is wrong, for a program.
        raw: The whole entry as the service sent it. It may echo what was sent, so it is in no message.
    """

    __module__ = "blocks_sessions.exceptions"

    __match_args__ = ("loc", "msg", "type")
    __slots__ = ("loc", "msg", "raw", "type")

    loc: tuple[str | int, ...]
    msg: str
    type: str
    raw: "Mapping[str, Any]"

    def __init__(
        self,
        loc: tuple[str | int, ...],
        msg: str,
        type: str,  # noqa: A002 - the service's own name for it
        raw: "Mapping[str, Any] | None" = None,
    ) -> None:
        set_slot = object.__setattr__
        set_slot(self, "loc", tuple(loc))
        set_slot(self, "msg", msg)
        set_slot(self, "type", type)
        set_slot(self, "raw", {} if raw is None else raw)

    def to_dict(self) -> "dict[str, Any]":
        """Return where, what and of which type, as JSON has it; not `raw`, which may echo what was sent."""
        return {"loc": list(self.loc), "msg": self.msg, "type": self.type}

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"an ErrorDetail cannot be changed: {name}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"an ErrorDetail cannot be changed: {name}")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ErrorDetail):
            return NotImplemented
        return (self.loc, self.msg, self.type) == (other.loc, other.msg, other.type)

    def __hash__(self) -> int:
        return hash((self.loc, self.msg, self.type))

    def __str__(self) -> str:
        where = ".".join(map(str, self.loc))
        text = f"{where}: {self.msg}" if where else self.msg
        # Of an argument the most general type says nothing that the words do not.
        is_argument = len(self.loc) == 1 and self.loc != ("body",)
        is_told = self.type and not (is_argument and self.type == "value_error")
        return f"{text} ({self.type})" if is_told else text

    def __repr__(self) -> str:
        return f"ErrorDetail(loc={self.loc!r}, msg={self.msg!r}, type={self.type!r})"

    def __reduce__(self) -> "tuple[object, ...]":
        return (self.__class__, (self.loc, self.msg, self.type, self.raw))


class ValidationError(APIStatusError, ValueError):
    """422: the service, or the client's own check, found the request's arguments wrong.

    Attributes:
        errors: One `ErrorDetail` for each fault.
    """

    __module__ = "blocks_sessions.exceptions"

    errors: tuple[ErrorDetail, ...]
    _TOLD: tuple[str, ...] = (*APIStatusError._TOLD, "errors")

    def __init__(
        self,
        message: str = "",
        *,
        errors: tuple[ErrorDetail, ...] = (),
        text: str | None = None,
        status_code: int | None = None,
        body: object = None,
        request_id: str | None = None,
        headers: "Mapping[str, str] | None" = None,
        attempts: int = 1,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(
            message,
            text=text,
            status_code=status_code,
            body=body,
            request_id=request_id,
            headers=headers,
            attempts=attempts,
            retry_after=retry_after,
        )
        self.errors = tuple(errors)


class AgentNotFoundError(ValidationError):
    """There is no such agent, or it is another project's."""

    __module__ = "blocks_sessions.exceptions"


class InvalidProjectKeyError(ValidationError):
    """The project key is wrong or expired."""

    __module__ = "blocks_sessions.exceptions"


class AccessDeniedError(ValidationError):
    """These credentials may not see this agent's sessions."""

    __module__ = "blocks_sessions.exceptions"


class InvalidPaginationError(ValidationError):
    """`limit` or `offset` is out of range."""

    __module__ = "blocks_sessions.exceptions"


class MissingFieldError(ValidationError):
    """A required field was not given."""

    __module__ = "blocks_sessions.exceptions"
