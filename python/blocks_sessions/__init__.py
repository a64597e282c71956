"""List the chat sessions of SELISE Blocks agents: whole, fast, typed.

Example:
    >>> from blocks_sessions import SessionsClient
    >>> from blocks_sessions.testing import Emulator
    >>> with Emulator(sessions=247) as server, SessionsClient("demo-key", base_url=server.url) as client:
    ...     page = client.list(agent_id="agent_123", limit=50)
    ...     print(len(page), page.total_count, page[0].status)
    50 247 active
"""

from blocks_sessions import _interpreter, _patterns  # noqa: F401
from blocks_sessions._core import (
    ListingIterator,
    Mask,
    MaskKey,
    PageIterator,
    SessionIterator,
    SessionPage,
    SessionsClient,
    Timeout,
    __version__,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from blocks_sessions.aio import (
        AsyncListingIterator,
        AsyncPageIterator,
        AsyncPart,
        AsyncPartitionPlan,
        AsyncPartRead,
        AsyncSessionIterator,
        AsyncSessionsClient,
        AsyncSessionsDataset,
        AsyncSettled,
    )
    from blocks_sessions.collected import SessionList
    from blocks_sessions.dataset import SessionsDataset
    from blocks_sessions.events import RequestEvent
    from blocks_sessions.exceptions import (
        AccessDeniedError,
        AgentNotFoundError,
        APIConnectionError,
        APIStatusError,
        APITimeoutError,
        AuthenticationError,
        BadRequestError,
        ConfigurationError,
        ErrorDetail,
        IncompleteListingError,
        IncompleteListingWarning,
        InternalServerError,
        InvalidPaginationError,
        InvalidProjectKeyError,
        InvalidResponseError,
        MissingFieldError,
        NotFoundError,
        PermissionDeniedError,
        RateLimitError,
        SessionsError,
        StorageError,
        TargetConflictError,
        TargetLockedError,
        ValidationError,
    )
    from blocks_sessions.export import ExportReport
    from blocks_sessions.mask_report import MaskedPath, MaskReport
    from blocks_sessions.mirror import (
        AsyncChangeIterator,
        Change,
        ChangeIterator,
        Mirror,
        MirrorReport,
        SyncReport,
    )
    from blocks_sessions.partition import (
        Part,
        PartEvidence,
        PartitionPlan,
        PartRange,
        PartRead,
        PartSlice,
        Settled,
    )
    from blocks_sessions.report import ListingReport
    from blocks_sessions.scanning import ScanFinding, ScanReport, scan
    from blocks_sessions.session import Session

__all__ = [
    "APIConnectionError",
    "APIStatusError",
    "APITimeoutError",
    "AccessDeniedError",
    "AgentNotFoundError",
    "AsyncChangeIterator",
    "AsyncListingIterator",
    "AsyncPageIterator",
    "AsyncPart",
    "AsyncPartRead",
    "AsyncPartitionPlan",
    "AsyncSessionIterator",
    "AsyncSessionsClient",
    "AsyncSessionsDataset",
    "AsyncSettled",
    "AuthenticationError",
    "BadRequestError",
    "Change",
    "ChangeIterator",
    "ConfigurationError",
    "ErrorDetail",
    "ExportReport",
    "IncompleteListingError",
    "IncompleteListingWarning",
    "InternalServerError",
    "InvalidPaginationError",
    "InvalidProjectKeyError",
    "InvalidResponseError",
    "ListingIterator",
    "ListingReport",
    "Mask",
    "MaskKey",
    "MaskReport",
    "MaskedPath",
    "Mirror",
    "MirrorReport",
    "MissingFieldError",
    "NotFoundError",
    "PageIterator",
    "Part",
    "PartEvidence",
    "PartRange",
    "PartRead",
    "PartSlice",
    "PartitionPlan",
    "PermissionDeniedError",
    "RateLimitError",
    "RequestEvent",
    "ScanFinding",
    "ScanReport",
    "Session",
    "SessionIterator",
    "SessionList",
    "SessionPage",
    "SessionsClient",
    "SessionsDataset",
    "SessionsError",
    "Settled",
    "StorageError",
    "SyncReport",
    "TargetConflictError",
    "TargetLockedError",
    "Timeout",
    "ValidationError",
    "__version__",
    "scan",
]

# Where a name is looked for when it is asked for first: what a program does not use, it need not import.
_MODULES = (
    "exceptions",
    "events",
    "session",
    "report",
    "export",
    "mask_report",
    "scanning",
    "collected",
    "dataset",
    "aio",
    "mirror",
    "partition",
)


def __getattr__(name: str) -> "Any":
    from importlib import import_module

    if name in _MODULES:
        return import_module(f"blocks_sessions.{name}")
    if name in __all__:
        for module in (_home(name), *_MODULES):
            found = getattr(import_module(f"blocks_sessions.{module}"), name, None)
            if found is not None:
                globals()[name] = found
                return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _home(name: str) -> str:
    """Guess where a name is, so that no other module is loaded for it."""
    if name.startswith("Async"):
        return "aio"
    if name.startswith("Part"):
        return "partition"
    homes = {
        "Session": "session",
        "RequestEvent": "events",
        "ListingReport": "report",
        "SessionList": "collected",
    }
    return homes.get(name, "dataset" if name == "SessionsDataset" else "exceptions")


def _compiled_imports() -> None:
    """Lead tools that pack programs to what only compiled code imports. It is never called."""
    from blocks_sessions import _packed  # noqa: F401


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_MODULES})
