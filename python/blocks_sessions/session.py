"""One chat session: what the service sent, as a dictionary, with typed attributes.

The types that tools see are in `session.pyi`.
"""

from blocks_sessions._core import _parse_timestamp

__all__ = ["Session"]

_INTEGER = (int,)
_FIELDS = {
    "text": (str,),
    "an integer": _INTEGER,
    "a number": (int, float),
    "true or false": (bool,),
    "a list of texts": (list,),
    "an object": (dict,),
    "text or an object": (str, dict),
}


def _field(name, expected, doc):
    """Make a read-only attribute of a field, which complains of a value of another type."""
    types = _FIELDS[expected]

    def read(session):
        value = session.get(name)
        # Exact types, since True is an int and would pass for a count.
        if value is None or type(value) in types:
            return value
        # A whole number may be sent as 12.0; beyond this, floats do not tell whole numbers apart.
        if types is _INTEGER and type(value) is float and value.is_integer() and abs(value) <= 2**53:
            return int(value)
        raise _unexpected(name, expected, value)

    return property(read, doc=doc)


def _texts(name, doc):
    """Make a read-only attribute of a field that is a list of texts."""

    def read(session):
        value = session.get(name)
        if value is None or (
            type(value) is list and all(text is None or type(text) is str for text in value)
        ):
            return value
        raise _unexpected(name, "a list of texts", value)

    return property(read, doc=doc)


def _time(name, doc):
    """Make a read-only attribute of a field that is a timestamp."""

    def read(session):
        value = session.get(name)
        if value is None:
            return None
        if type(value) is not str:
            raise _unexpected(name, "an ISO 8601 timestamp", value)
        moment = _moment(value)
        if moment is None:
            raise ValueError(
                f"{name} is no ISO 8601 timestamp: {value[:40]!r}; session[{name!r}] has it as it was sent"
            )
        return moment

    return property(read, doc=doc)


def _moment(text):
    try:
        return _parse_timestamp(text)
    # Lone surrogates, and the first and the last day that there are, in a zone beyond them.
    except (UnicodeEncodeError, OverflowError):
        return None


def _unexpected(name, expected, value):
    found = type(value).__name__
    return TypeError(
        f"{name} should be {expected}, but the service sent {found}; session[{name!r}] has it as it was sent"
    )


class Session(dict):
    """One chat session: a dictionary of exactly what the service sent, in the order sent.

    Every field that the service documents is also a read-only attribute with a type: `None` where it
    is absent, `datetime` with a zone for timestamps. A field of another type than documented raises
    `TypeError` (or `ValueError`, for text that is no timestamp) only when its attribute is asked for.

    Example:
        >>> session = Session(session_id="session_abc123", created_at="2026-01-12T08:30:00Z", rating=5)
        >>> session.rating, session["created_at"], session.created_at.year, session.closed_at
        (5, '2026-01-12T08:30:00Z', 2026, None)
    """

    __slots__ = ()

    session_id = _field("session_id", "text", "The session's unique identifier.")
    agent_id = _field("agent_id", "text", "The agent (or widget) that the session belongs to.")
    widget_id = _field("widget_id", "text", "The widget that was used.")
    user_id = _field("user_id", "text", "The user, if authenticated.")
    status = _field("status", "text", 'The status: "active", "idle", "closed" or "abandoned".')

    created_at = _time("created_at", "When the session began.")
    updated_at = _time("updated_at", "When the session was last changed.")
    last_message_at = _time("last_message_at", "When the latest message was sent.")
    closed_at = _time("closed_at", "When the session was closed.")

    message_count = _field("message_count", "an integer", "Number of messages exchanged.")
    user_messages = _field("user_messages", "an integer", "Number of messages by the user.")
    agent_messages = _field("agent_messages", "an integer", "Number of answers by the agent.")
    duration_seconds = _field("duration_seconds", "a number", "Length of the session in seconds.")
    response_time_avg = _field("response_time_avg", "a number", "Mean time to an answer, as sent.")

    user_info = _field("user_info", "an object", "The user's profile: name, email, phone and the like.")
    user_agent = _field("user_agent", "text", "The user's browser or device.")
    ip_address = _field("ip_address", "text", "The user's IP address, if tracked.")
    location = _field("location", "text or an object", "Where the user is, as sent.")

    metadata = _field("metadata", "an object", "Custom fields: source, referrer, campaign and the like.")
    tags = _texts("tags", "The categories that the session was given.")
    context = _field("context", "an object", "Further context.")

    rating = _field("rating", "a number", "The user's rating, 1 to 5.")
    feedback = _field("feedback", "text", "The user's feedback.")
    resolved = _field("resolved", "true or false", "Whether the issue was resolved.")
    escalated = _field("escalated", "true or false", "Whether the session was escalated.")
    sentiment = _field("sentiment", "text or an object", "The overall sentiment, as sent.")

    lead_score = _field("lead_score", "a number", "The quality of the lead.")
    conversion = _field("conversion", "true or false", "Whether the user converted.")
    revenue = _field("revenue", "a number", "The revenue that the session brought.")

    @classmethod
    def __get_pydantic_core_schema__(cls, source, handler):
        """Tell pydantic, and so FastAPI, that a session is validated and written as a dictionary is."""
        from pydantic_core import core_schema

        return core_schema.no_info_after_validator_function(
            cls, core_schema.dict_schema(core_schema.str_schema())
        )

    def copy(self):
        """Return a shallow copy, also a `Session`."""
        return type(self)(self)

    def _repr_html_(self):
        """A card for notebooks."""
        from blocks_sessions.display import session_html

        return session_html(self)
