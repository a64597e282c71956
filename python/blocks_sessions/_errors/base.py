"""What all errors have in common, and those of settings and of the way to the service."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from blocks_sessions.report import ListingReport


def _rebuild(cls: type["SessionsError"], state: dict[str, object]) -> "SessionsError":
    """Make an error again from its pickled attributes."""
    message = state["_message"]
    error = cls.__new__(cls, message)
    error.args = (message,)
    error.__dict__.update(state)
    return error


# Pickles name it where it has always been.
_rebuild.__module__ = "blocks_sessions.exceptions"


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

    __module__ = "blocks_sessions.exceptions"

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

    __module__ = "blocks_sessions.exceptions"


class APIConnectionError(SessionsError):
    """No usable answer came: refused, DNS, TLS, reset, truncated.

    Attributes:
        attempts: How many times the request was sent.
        causes: What went wrong at each attempt, the oldest first.
    """

    __module__ = "blocks_sessions.exceptions"

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

    __module__ = "blocks_sessions.exceptions"


class InvalidResponseError(SessionsError):
    """An answer came that is no valid answer: not JSON, of the wrong shape, too large.

    Attributes:
        status_code: The answer's HTTP status.
        body: The beginning of the answer's body as text; `None` of a client with a mask.
        request_id: The service's name for the request, if it gave one.
        attempts: How many times the request was sent.
    """

    __module__ = "blocks_sessions.exceptions"

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

    __module__ = "blocks_sessions.exceptions"

    report: "ListingReport"
    _TOLD: tuple[str, ...] = ("report",)
    _RETRYABLE = True

    def __init__(self, message: str = "", *, report: "ListingReport | None" = None) -> None:
        super().__init__(message)
        if report is not None:
            self.report = report
