//! What requests come to: each arrives once, whatever becomes of it, and those who read are told by it.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, Weak};

use super::{Listing, lock};
use crate::core::client::response::Response;
use crate::core::error::{ConnectionError, Error, Result};
use crate::core::listing::plan::Ask;
use crate::core::listing::row_filter::Taken;
use crate::core::model::row_facts::Facts;

/// What one request brought: the answer, what the plan is told of it, and which rows the condition takes.
pub(super) type Read = (Response, Facts, Taken);

/// What the plan has not been told, in the order in which it came.
#[derive(Default)]
pub(super) struct Arrivals(Mutex<VecDeque<(Ask, Result<Read>)>>);

impl Arrivals {
    pub(super) fn pop(&self) -> Option<(Ask, Result<Read>)> {
        lock(&self.0).pop_front()
    }

    pub(super) fn is_empty(&self) -> bool {
        lock(&self.0).is_empty()
    }

    fn push(&self, ask: Ask, answer: Result<Read>) {
        lock(&self.0).push_back((ask, answer));
    }
}

/// A request that is under way. One that is dropped with its task arrives too, as lost: a listing would wait for it
/// for ever.
pub(super) struct Request {
    ask: Option<Ask>,
    listing: Weak<Listing>,
}

impl Request {
    pub(super) fn new(ask: Ask, listing: Weak<Listing>) -> Self {
        Self { ask: Some(ask), listing }
    }

    pub(super) fn arrive(mut self, answer: Result<Read>) {
        self.deliver(answer);
    }

    fn deliver(&mut self, answer: Result<Read>) {
        if let (Some(ask), Some(listing)) = (self.ask.take(), self.listing.upgrade()) {
            listing.arrivals.push(ask, answer);
            listing.go_on();
        }
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        self.deliver(Err(lost()));
    }
}

/// A call for a page, from its beginning to its end or until it is dropped.
pub(super) struct Reader<'a>(Leaving<'a>);

impl<'a> Reader<'a> {
    pub(super) fn of(listing: &'a Listing) -> Self {
        listing.readers.fetch_add(1, Ordering::AcqRel);
        Self(Leaving(listing))
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        self.0.0.readers.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Whoever has the state, or is in the queue for it. What arrives meanwhile finds it taken, so it is told on leaving,
/// by a call that is dropped as well: others wait. Made before the state is asked for, it is dropped after it.
pub(super) struct Leaving<'a>(pub(super) &'a Listing);

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        if !self.0.arrivals.is_empty() {
            self.0.changed.notify_waiters();
        }
    }
}

/// A request that ended without an answer: never seen, and not to be taken for the end of the list.
pub(super) fn lost() -> Error {
    Error::Connection(Box::new(ConnectionError {
        message: "a request of the listing was lost inside the client. Please report this; \
                  a new listing starts afresh."
            .to_owned(),
        attempts: 0,
        causes: Vec::new(),
        retryable: true,
    }))
}
