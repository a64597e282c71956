"""Errors of the files of exports and mirrors, and the warning of a listing."""

from blocks_sessions._errors.base import SessionsError, _rebuild

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class StorageError(SessionsError, OSError):
    """The files of an export or a mirror could not be written, or are damaged.

    What was committed is kept: the same call goes on when the cause is gone.

    Attributes:
        path: The file or folder in question, absolute; also `filename`.
        errno: The operating system's number, as in `errno.ENOSPC`; `None` where the system refused nothing.
    """

    __module__ = "blocks_sessions.exceptions"

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

    __module__ = "blocks_sessions.exceptions"

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

    __module__ = "blocks_sessions.exceptions"

    _RETRYABLE = True


class IncompleteListingWarning(UserWarning):
    """A listing could not be proven to be whole; its report says why."""

    __module__ = "blocks_sessions.exceptions"
