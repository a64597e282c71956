"""Everything this package raises.

The tree:

    SessionsError
    ├── ConfigurationError (ValueError)
    ├── APIConnectionError
    │   └── APITimeoutError (TimeoutError)
    ├── InvalidResponseError
    ├── IncompleteListingError
    ├── StorageError (OSError)
    │   ├── TargetConflictError
    │   └── TargetLockedError
    └── APIStatusError
        ├── BadRequestError          400
        ├── AuthenticationError      401
        ├── PermissionDeniedError    403
        ├── NotFoundError            404
        ├── RateLimitError           429
        ├── InternalServerError      5xx
        └── ValidationError (ValueError)  422
            ├── AgentNotFoundError
            ├── InvalidProjectKeyError
            ├── AccessDeniedError
            ├── InvalidPaginationError
            └── MissingFieldError

The classes are made by the compiled module; everything a program may want to know of a failure
is an attribute, and the message is one sentence for a person. All of them can be pickled, and `to_dict()`
gives what JSON can hold of one.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from blocks_sessions.report import ListingReport

__all__ = [
    "APIConnectionError",
    "APIStatusError",
    "APITimeoutError",
    "AccessDeniedError",
    "AgentNotFoundError",
    "AuthenticationError",
    "BadRequestError",
    "ConfigurationError",
    "ErrorDetail",
    "IncompleteListingError",
    "IncompleteListingWarning",
    "InternalServerError",
    "InvalidPaginationError",
    "InvalidProjectKeyError",
    "InvalidResponseError",
    "MissingFieldError",
    "NotFoundError",
    "PermissionDeniedError",
    "RateLimitError",
    "SessionsError",
    "StorageError",
    "TargetConflictError",
    "TargetLockedError",
    "ValidationError",
]


def _rebuild(cls: type["SessionsError"], state: dict[str, object]) -> "SessionsError":
    """Make an error again from its pickled attributes."""
    message = state["_message"]
    error = cls.__new__(cls, message)
    error.args = (message,)
    error.__dict__.update(state)
    return error


def _plain(value: object) -> object:
    """Return a value as JSON has it."""
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {str(name): _plain(each) for name, each in value.items()}
    if value is None or isinstance(value, str | int | float):
        return value
    to_dict = getattr(value, "to_dict", None)
    return str(value) if to_dict is None else to_dict()


class SessionsError(Exception):
    """Base of everything this package raises.

    Example:
        >>> from blocks_sessions import SessionsClient, SessionsError
        >>> try:
        ...     SessionsClient("demo-key", agent_id="agent_123", timeout=-1)
        ... except SessionsError as error:
        ...     print(type(error).__name__)
        ConfigurationError
    """

    _message: str
    # What `to_dict` gives beside class, message and `retryable`: no body, no header, which may be personal.
    _TOLD: tuple[str, ...] = ()
    _RETRYABLE = False

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self._message = message

    @property
    def retryable(self) -> bool:
        """Whether the same call may succeed later, with nothing changed."""
        return bool(self.__dict__.get("_retryable", self._RETRYABLE))

    def to_dict(self) -> "dict[str, Any]":
        """Return what is known of the error, as JSON has it, for logs and queues.

        Nothing in it is secret. The answer's body and headers are left out, since they may be personal.

        Example:
            >>> from blocks_sessions import RateLimitError
            >>> RateLimitError("slow down", status_code=429, retry_after=2.0).to_dict()["retryable"]
            True
        """
        told = {name: _plain(getattr(self, name, None)) for name in self._TOLD}
        return {"type": type(self).__name__, "message": str(self), "retryable": self.retryable, **told}

    # Relatives of OSError rewrite their arguments, so text and pickle come from attributes.
    def __str__(self) -> str:
        return self._message

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), dict(self.__dict__)))


class ConfigurationError(SessionsError, ValueError):
    """A setting is missing, wrong or contradicts another; no request was made."""


class APIConnectionError(SessionsError):
    """No usable answer came: refused, DNS, TLS, reset, truncated.

    Attributes:
        attempts: How many times the request was sent.
        causes: What went wrong at each attempt, the oldest first.
    """

    attempts: int
    causes: tuple[str, ...]
    _TOLD: tuple[str, ...] = ("attempts", "causes")
    _RETRYABLE = True

    def __init__(
        self,
        message: str = "",
        *,
        attempts: int = 1,
        causes: tuple[str, ...] = (),
        retryable: bool = True,
    ) -> None:
        super().__init__(message)
        self.attempts = attempts
        self.causes = causes
        self._retryable = retryable


class APITimeoutError(APIConnectionError, TimeoutError):
    """No answer came in time; `Timeout` has the limits."""


class InvalidResponseError(SessionsError):
    """An answer came that is no valid answer: not JSON, of the wrong shape, too large.

    Attributes:
        status_code: The answer's HTTP status.
        body: The beginning of the answer's body as text; `None` of a client with a mask.
        request_id: The service's name for the request, if it gave one.
        attempts: How many times the request was sent.
    """

    status_code: int | None
    body: str | None
    request_id: str | None
    attempts: int
    _TOLD: tuple[str, ...] = ("status_code", "request_id", "attempts")
    _RETRYABLE = True

    def __init__(
        self,
        message: str = "",
        *,
        status_code: int | None = None,
        body: str | None = "",
        request_id: str | None = None,
        attempts: int = 1,
        retryable: bool = True,
    ) -> None:
        super().__init__(message)
        self.status_code = status_code
        self.body = body
        self.request_id = request_id
        self.attempts = attempts
        self._retryable = retryable


class IncompleteListingError(SessionsError):
    """A listing is known to lack sessions, or was to be proven and could not be.

    What was found had been yielded before this was raised.

    Attributes:
        report: What is known of the listing.
    """

    report: "ListingReport"
    _TOLD: tuple[str, ...] = ("report",)
    _RETRYABLE = True

    def __init__(self, message: str = "", *, report: "ListingReport | None" = None) -> None:
        super().__init__(message)
        if report is not None:
            self.report = report


class StorageError(SessionsError, OSError):
    """The files of an export or a mirror could not be written, or are damaged.

    What was committed is kept: the same call goes on when the cause is gone.

    Attributes:
        path: The file or folder in question, absolute; also `filename`.
        errno: The operating system's number, as in `errno.ENOSPC`; `None` where the system refused nothing.
    """

    path: str
    _TOLD: tuple[str, ...] = ("path", "errno")

    def __init__(self, message: str = "", *, path: str = "", errno: int | None = None) -> None:
        super().__init__(message)
        self.path = path
        self.errno = errno
        self.filename = path

    # `errno` and `filename` are no part of the dictionary that the base keeps.
    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), dict(self.__dict__)), {"errno": self.errno, "filename": self.filename})

    def __setstate__(self, state: "dict[str, Any] | None", /) -> None:
        for name, value in (state or {}).items():
            setattr(self, name, value)


class TargetConflictError(StorageError):
    """The target exists, or was begun by a call with other parameters; nothing was changed.

    Attributes:
        differences: For each parameter that differs, what it was and what it is now; empty where the
            target exists. Secrets and personal values are not in it.
    """

    differences: "Mapping[str, tuple[str, str]]"
    _TOLD: tuple[str, ...] = ("path", "errno", "differences")

    def __init__(
        self,
        message: str = "",
        *,
        path: str = "",
        errno: int | None = None,
        differences: "Mapping[str, tuple[str, str]] | None" = None,
    ) -> None:
        super().__init__(message, path=path, errno=errno)
        self.differences = dict(differences or {})


class TargetLockedError(StorageError):
    """Another process, or another call of this one, is writing the target."""

    _RETRYABLE = True


class IncompleteListingWarning(UserWarning):
    """A listing could not be proven to be whole; its report says why."""


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


class AuthenticationError(APIStatusError):
    """401: a token is missing, wrong or expired."""


class PermissionDeniedError(APIStatusError):
    """403: these credentials may not list these sessions."""


class NotFoundError(APIStatusError):
    """404: no such agent, project or path."""


class RateLimitError(APIStatusError):
    """429: too many requests; `retry_after` tells for how long to wait, if the service said so."""


class InternalServerError(APIStatusError):
    """5xx: the service, or a proxy in front of it, failed."""


class ErrorDetail:
    """One fault of a request.

    Attributes:
        loc: Where it is, as in `("body", "limit")`.
        msg: What is wrong, for a person.
        type: What is wrong, for a program.
        raw: The whole entry as the service sent it. It may echo what was sent, so it is in no message.
    """

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
        return f"{text} ({self.type})" if self.type else text

    def __repr__(self) -> str:
        return f"ErrorDetail(loc={self.loc!r}, msg={self.msg!r}, type={self.type!r})"

    def __reduce__(self) -> "tuple[object, ...]":
        return (self.__class__, (self.loc, self.msg, self.type, self.raw))


class ValidationError(APIStatusError, ValueError):
    """422: the service, or the client's own check, found the request's arguments wrong.

    Attributes:
        errors: One `ErrorDetail` for each fault.
    """

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


class InvalidProjectKeyError(ValidationError):
    """The project key is wrong or expired."""


class AccessDeniedError(ValidationError):
    """These credentials may not see this agent's sessions."""


class InvalidPaginationError(ValidationError):
    """`limit` or `offset` is out of range."""


class MissingFieldError(ValidationError):
    """A required field was not given."""
