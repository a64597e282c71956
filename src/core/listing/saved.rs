//! What outlives a listing's process: a proof that can be gone on with, and what was learned of the service.
//! Both are small values that their owner keeps as text; only the proof knows what is in them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::core::model::row_facts::IdKey;

/// A proof as far as it has come, as JSON with a `version`. It holds no session id and no secret.
///
/// It counts only pages all of whose rows were handed out. The hashes of the ids of those rows are not in it:
/// whoever keeps it keeps them beside it, and gives both back as a [`Resume`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SavedProof(pub(super) Value);

/// What is to be made safe together with the rows that were handed out so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    pub proof: SavedProof,
    /// Hashes of the ids of the rows handed out since the last checkpoint.
    pub ids: Vec<u128>,
    /// The key under which they were hashed.
    pub id_key: IdKey,
}

/// What a listing goes on from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resume {
    /// `None`: the rows are kept, and a new proof begins over them.
    pub proof: Option<SavedProof>,
    /// Hashes of the ids of all rows that are safe; none of them is handed out again.
    pub ids: Vec<u128>,
    pub id_key: IdKey,
}

/// A proof that cannot be gone on with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResumeError {
    #[error("the saved proof has version {0}, which a newer blocks-sessions wrote: go on with that one")]
    Newer(u64),
    #[error("the saved proof is damaged ({0})")]
    Damaged(String),
}
