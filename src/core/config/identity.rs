//! How a client shows who it is. Nothing here shows a secret.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use super::secret::Secret;
use crate::core::error::Result;

/// Someone who can give an access token when asked.
pub trait TokenSource: Send + Sync {
    /// A token that is good now.
    fn token(&self) -> Pin<Box<dyn Future<Output = Result<String>> + Send + '_>>;
}

/// An access token, or whoever can give one.
#[derive(Clone)]
pub enum TokenSetting {
    Fixed(Secret),
    Source(Arc<dyn TokenSource>),
}

/// How a client shows who it is.
#[derive(Clone)]
pub enum Identity {
    Anonymous,
    Token(Secret),
    Source(Arc<dyn TokenSource>),
    Client { id: Secret, secret: Secret },
}

/// Whether two clients show themselves as the same: a callable is only ever the same as itself.
impl PartialEq for Identity {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Anonymous, Self::Anonymous) => true,
            (Self::Token(one), Self::Token(two)) => one == two,
            (Self::Source(one), Self::Source(two)) => Arc::ptr_eq(one, two),
            (Self::Client { id: a, secret: b }, Self::Client { id: c, secret: d }) => a == c && b == d,
            _ => false,
        }
    }
}

impl std::fmt::Debug for TokenSetting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Fixed(_) => "Fixed(***)",
            Self::Source(_) => "Source(..)",
        })
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Anonymous => "Anonymous",
            Self::Token(_) => "Token(***)",
            Self::Source(_) => "Source(..)",
            Self::Client { .. } => "Client(***)",
        })
    }
}
