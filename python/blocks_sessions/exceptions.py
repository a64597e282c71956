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

from blocks_sessions._errors.base import (
    APIConnectionError,
    APITimeoutError,
    ConfigurationError,
    IncompleteListingError,
    InvalidResponseError,
    SessionsError,
    _rebuild,  # noqa: F401 (pickles name it here)
)
from blocks_sessions._errors.files import (
    IncompleteListingWarning,
    StorageError,
    TargetConflictError,
    TargetLockedError,
)
from blocks_sessions._errors.status import (
    AccessDeniedError,
    AgentNotFoundError,
    APIStatusError,
    AuthenticationError,
    BadRequestError,
    ErrorDetail,
    InternalServerError,
    InvalidPaginationError,
    InvalidProjectKeyError,
    MissingFieldError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ValidationError,
)

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
