//! What a service that contradicts itself is reported with, and what to do about it.

use super::Ask;
use crate::core::listing::proof::rules::LEAST_LIMIT;

pub(super) fn over_long(ask: Ask, count: u64) -> String {
    format!(
        "the service answered limit={} at offset={} with {count} sessions, so its pages cannot be told apart: \
         the listing may be incomplete. Ask again with page_size={count}, if that is at most 100.",
        ask.limit, ask.offset
    )
}

pub(super) fn repeats(ask: Ask) -> String {
    format!(
        "the page at offset={} repeats sessions that were listed before, and nothing else: the listing is \
         incomplete. The service may count pages instead of sessions, or the list may be moving fast; \
         consistency=\"checked\" copes with both.",
        ask.offset
    )
}

pub(super) fn cut(ask: Ask, count: u64, total: u64) -> String {
    let advice = if count == 0 {
        "The service may count pages instead of sessions, or the list may be shrinking fast; \
         consistency=\"checked\" copes with both."
            .to_owned()
    } else if count < u64::from(LEAST_LIMIT) {
        format!("The service may allow a smaller limit only; page_size={count} copes with that.")
    } else {
        format!(
            "The service may allow a smaller limit only; consistency=\"checked\" copes with that, \
             and so does page_size={count}."
        )
    };
    format!(
        "the page at offset={} has {count} sessions where {} were asked for, though total_count says {total}: \
         the listing is incomplete. {advice}",
        ask.offset, ask.limit
    )
}
