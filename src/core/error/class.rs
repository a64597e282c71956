//! The names of the classes that users catch, one for each way to fail.
//! Exceptions, events and the command line say them alike.

use super::{Error, StatusKind, StorageKind};

impl Error {
    /// The name of the class that this error is to a user.
    #[must_use]
    pub fn class_name(&self) -> &'static str {
        match self {
            Self::Configuration(_) => "ConfigurationError",
            Self::Connection(_) => "APIConnectionError",
            Self::Timeout(_) => "APITimeoutError",
            Self::InvalidResponse(_) => "InvalidResponseError",
            Self::Status(status) => status.kind.class_name(),
            Self::Incomplete { .. } => "IncompleteListingError",
            Self::Storage(fault) => match fault.kind {
                StorageKind::Failed => "StorageError",
                StorageKind::Conflict => "TargetConflictError",
                StorageKind::Locked => "TargetLockedError",
            },
            Self::Callback(_) => "SessionsError",
            Self::Memory(_) => "MemoryError",
        }
    }
}

impl StatusKind {
    /// The name of the class of an answer with such a status.
    #[must_use]
    pub fn class_name(self) -> &'static str {
        match self {
            Self::BadRequest => "BadRequestError",
            Self::Authentication => "AuthenticationError",
            Self::PermissionDenied => "PermissionDeniedError",
            Self::NotFound => "NotFoundError",
            Self::RateLimit => "RateLimitError",
            Self::InternalServer => "InternalServerError",
            Self::Validation => "ValidationError",
            Self::AgentNotFound => "AgentNotFoundError",
            Self::InvalidProjectKey => "InvalidProjectKeyError",
            Self::AccessDenied => "AccessDeniedError",
            Self::InvalidPagination => "InvalidPaginationError",
            Self::MissingField => "MissingFieldError",
            Self::Other => "APIStatusError",
        }
    }
}
