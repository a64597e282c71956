//! What one call brought: an answer, and how it came.

use std::sync::Arc;
use std::time::Duration;

use crate::core::mask::report::PageTally;
use crate::core::model::page_body::PageBody;

/// One page, as it came.
#[derive(Debug, Clone)]
pub struct Response {
    pub answer: Arc<PageBody>,
    pub request_id: Option<String>,
    /// From the call to its answer, with all retries and waits.
    pub elapsed: Duration,
    pub attempts: u32,
    /// The service's clock when it answered (its `Date`), else ours; microseconds since 1970.
    pub answered_at: i64,
    /// That is the service's clock, and not ours.
    pub dated: bool,
    /// What the client's mask did, if it has one: then `answer` is masked.
    pub mask: Option<Arc<PageTally>>,
}
