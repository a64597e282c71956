//! What a listing knows of itself: how much it found, and whether that is proven to be all.

use serde::{Deserialize, Serialize};

use super::mask_report::MaskReport;

/// What kind of proof a complete listing has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Certificate {
    /// The whole list was one atomic page.
    SinglePage,
    /// The open key intervals of the pages cover every key.
    KeyCover,
    /// As `KeyCover`, but the head was read page by page from below upward.
    KeyClimb,
    /// As `KeyCover`, but a tie wider than a page was walked by its ids.
    AnchorChain,
    /// No key explains the order; two passes over the whole list gave the same.
    DoubleCollect,
}

impl Certificate {
    /// Whether it speaks of keys: the others speak of all that the list showed.
    #[must_use]
    pub fn is_by_key(self) -> bool {
        matches!(self, Self::KeyCover | Self::KeyClimb | Self::AnchorChain)
    }

    /// The name as users read it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SinglePage => "single_page",
            Self::KeyCover => "key_cover",
            Self::KeyClimb => "key_climb",
            Self::AnchorChain => "anchor_chain",
            Self::DoubleCollect => "double_collect",
        }
    }
}

/// How the server reads `offset`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Addressing {
    #[default]
    Sessions,
    /// As page numbers of the limit's size.
    Pages,
    /// As sessions, rounded down to a multiple of the limit.
    Floored,
}

impl Addressing {
    /// The name as users read it: what the number counts.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sessions | Self::Floored => "sessions",
            Self::Pages => "pages",
        }
    }
}

/// What is known of a listing. Times are microseconds since 1970.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ListingReport {
    /// Proven to hold every session that existed during the whole run.
    pub complete: bool,
    /// The caller's own `offset` or `max_items` made it a part: what lies outside was not asked for, and is
    /// not missing. `complete` then speaks of that part.
    pub cut_short: bool,
    /// The caller closed it before its end.
    pub closed: bool,
    /// A proof was sought and not found.
    pub unproven: bool,
    pub certificate: Option<Certificate>,
    /// The order that the pages bear out, as in `"last_message_at desc"`.
    pub order: Option<String>,
    /// The bounds on the sort key that the listing had, as text; `None` for the whole list.
    pub region: Option<String>,
    pub addressing: Addressing,
    pub effective_limit: u32,
    pub yielded: u64,
    /// Sessions of which the condition is true; all that were yielded, without one.
    pub matched: u64,
    /// Sessions of which the condition is false or unknown.
    pub filtered: u64,
    /// Rows seen again, and not yielded again.
    pub repeated: u64,
    /// Sessions that appeared while the list was read.
    pub inserted: u64,
    /// Sessions seen again with a later key.
    pub updated: u64,
    /// Sessions that are known to have been deleted meanwhile, at least.
    pub vanished_at_least: u64,
    pub requests: u64,
    pub retries: u64,
    pub total_count_first: Option<u64>,
    pub total_count_last: Option<u64>,
    pub started_at: Option<i64>,
    /// The moment at which the list was as it was yielded.
    pub proven_at: Option<i64>,
    /// How far new keys may lie behind the service's clock for the proof to hold, in microseconds.
    pub skew: Option<i64>,
    /// From the first request to the last answer, in microseconds.
    pub duration: Option<i64>,
    pub warnings: Vec<String>,
    /// What the client's mask did to the sessions that were handed out, if it has one.
    pub mask: Option<MaskReport>,
}

const KEPT_BY: &str = "`extra` among the fields keeps such values as they were sent.";

impl ListingReport {
    /// As it is for a caller to whom some of the sessions were not handed on yet: a list is complete for
    /// its reader only if all of it reached that reader.
    #[must_use]
    pub fn without(self, unread: usize) -> Self {
        if unread == 0 {
            return self;
        }
        let yielded = self.yielded.saturating_sub(unread as u64);
        Self { yielded, complete: false, certificate: None, proven_at: None, ..self }
    }

    /// With what is to be said of values that have no place in the columns that were chosen.
    #[must_use]
    pub fn with_misfits(mut self, misfits: u64) -> Self {
        match misfits {
            0 => {}
            1 => self.warnings.push(format!("1 value did not fit its column, and is null there. {KEPT_BY}")),
            _ => {
                let told =
                    format!("{misfits} values did not fit their columns, and are null there. {KEPT_BY}");
                self.warnings.push(told);
            }
        }
        self
    }

    /// As it is for a caller who lacks a part of what was read, for this reason.
    #[must_use]
    pub fn doubted(mut self, reason: Option<String>) -> Self {
        if let Some(reason) = reason {
            self.warnings.push(reason);
            (self.complete, self.certificate, self.proven_at) = (false, None, None);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_did_not_reach_the_reader_is_not_complete() {
        let whole = ListingReport { complete: true, yielded: 5, ..ListingReport::default() };
        assert!(whole.clone().without(0).complete);
        let read = whole.without(2);
        assert_eq!((read.complete, read.yielded), (false, 3));
    }
}
