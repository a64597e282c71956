//! How much is made sure of a list that is read.

use serde::{Deserialize, Serialize};

/// What a listing promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Consistency {
    /// Proven, or an error.
    Strict,
    #[default]
    /// Proven, or a warning; known losses are an error.
    Checked,
    /// As few requests as there are pages, and no proof.
    Fast,
}

impl Consistency {
    /// # Errors
    /// There is no such name.
    pub fn named(name: &str) -> Result<Self, String> {
        Self::from_name(name)
            .ok_or_else(|| format!("consistency must be \"checked\", \"strict\" or \"fast\", not {name:?}"))
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "strict" => Some(Self::Strict),
            "checked" => Some(Self::Checked),
            "fast" => Some(Self::Fast),
            _ => None,
        }
    }

    /// The name as users write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Checked => "checked",
            Self::Fast => "fast",
        }
    }
}
