//! Drives a plan over a client: sends what the plan asks, a bounded number at once, and hands out
//! what it yields. Blocking and async iterators both stand on it; it decides nothing itself.
//!
//! [`Listing`] is what callers share; the state that whoever reads in turn works on is in `turn`.

mod arrivals;
mod turn;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex as StdMutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::{Mutex, Notify};

use self::arrivals::{Arrivals, Leaving, Reader};
use self::turn::State;
use super::plan::Plan;
use super::proof::persist::{Origin, Seed};
use super::rechunk::Page;
use super::saved::Checkpoint;
use super::terms::Consistency;
use crate::core::client::Client;
use crate::core::client::request::{CallOptions, ListRequest};
use crate::core::client::response::Response;
use crate::core::error::Result;
use crate::core::filter::{Choice, Sightings};
use crate::core::model::counted::grouped;
use crate::core::model::report::ListingReport;
use crate::core::model::row_facts::{IdClass, IdKey};

/// How a listing is read and handed out.
#[derive(Clone)]
pub struct ListingOptions {
    /// Whose sessions; its `limit` and `offset` are the plan's to set.
    pub request: ListRequest,
    pub call: CallOptions,
    /// Pages held or in flight at once, the caller's own among them.
    pub max_concurrency: usize,
    /// Sessions a page; the last may be shorter.
    pub page_size: u32,
    /// What the listing promises.
    pub consistency: Consistency,
    /// The key under which ids are hashed.
    pub id_key: IdKey,
    /// Hand out rows of so many answers, in pages of at most `page_size`, instead of waiting for a full one: 1 hands
    /// them out as they come.
    pub hand_out: usize,
    pub choice: Choice,
    /// How many sessions the caller wants at most.
    pub max_items: Option<u64>,
    /// Hand out pages without sessions, so that the caller sees the reading go on where nothing is kept.
    pub tell_progress: bool,
    /// Only sessions of this class are handed out.
    pub class: Option<IdClass>,
    /// Keep the hashes of the ids of what is handed out.
    pub keep_ids: bool,
    /// Names that nobody documents, and whether a session has them, of a listing that sees all sessions.
    pub sightings: Option<Arc<Sightings>>,
}

/// A list that is read piece by piece.
pub struct Listing {
    state: Mutex<State>,
    /// Not part of the state, which may be somebody else's when an answer comes.
    arrivals: Arrivals,
    /// Calls for a page that have not returned; they are told by `changed` that there may be one.
    readers: AtomicUsize,
    changed: Notify,
    known: StdMutex<ListingReport>,
    pages_fetched: AtomicU64,
    closed: AtomicBool,
    /// The caller has seen the end of the list.
    finished: AtomicBool,
    closing: Notify,
    /// Pages that were ready and did not reach the caller: the next ones to hand out.
    returned: StdMutex<VecDeque<Page>>,
    /// Whose sessions, for messages.
    agent: String,
    choice: Choice,
    /// Whether the caller is still to be warned, should the listing end without a proof.
    to_warn: AtomicBool,
    /// What is to be said at the end of names that no session had, until it was said.
    sightings: StdMutex<Option<Arc<Sightings>>>,
}

impl Listing {
    #[must_use]
    pub fn new(client: Client, plan: Box<dyn Plan>, offset: u64, options: ListingOptions) -> Arc<Self> {
        let mask = client.config().mask.clone();
        let mut known = plan.report().clone();
        // A listing that was resumed goes on counting.
        known.mask = mask.map(|mask| known.mask.take().unwrap_or_else(|| mask.report()));
        let masked = known.mask.clone();
        Arc::new_cyclic(|listing| Self {
            known: StdMutex::new(known),
            pages_fetched: AtomicU64::new(0),
            returned: StdMutex::new(VecDeque::new()),
            agent: agent(&client, &options.request),
            choice: options.choice.clone(),
            to_warn: AtomicBool::new(options.consistency == Consistency::Checked),
            sightings: StdMutex::new(options.sightings.clone()),
            closed: AtomicBool::new(false),
            finished: AtomicBool::new(false),
            closing: Notify::new(),
            arrivals: Arrivals::default(),
            readers: AtomicUsize::new(0),
            changed: Notify::new(),
            state: Mutex::new(State::new(listing.clone(), client, plan, offset, options, masked)),
        })
    }

    /// The next page, or `None` at the end of the list and after [`Listing::close`].
    ///
    /// # Errors
    /// Whatever a request failed with, or that the listing is known to be incomplete. Nothing is
    /// lost by it: the next call tries again. Dropping the future loses nothing either.
    pub async fn next_page(&self) -> Result<Option<Page>> {
        if !self.is_closed()
            && let Some(page) = lock(&self.returned).pop_front()
        {
            return Ok(Some(page));
        }
        let closing = self.closing.notified();
        tokio::pin!(closing);
        closing.as_mut().enable();
        // Only now: a close before would wake nobody.
        if self.is_closed() {
            return Ok(None);
        }
        let page = tokio::select! {
            biased;
            () = closing => Ok(None),
            page = self.read() => page,
        };
        if matches!(page, Ok(None)) && !self.is_closed() {
            self.finished.store(true, Ordering::Release);
        }
        self.stop_if_closed();
        page
    }

    /// Takes back a page that did not reach the caller.
    pub fn put_back(&self, page: Page) {
        lock(&self.returned).push_front(page);
    }

    /// The proof as far as the pages reach that were handed out (and not put back): to be made safe together with
    /// their rows, so that another process goes on from there. `None` where no proof is kept.
    pub async fn checkpoint(&self) -> Option<Checkpoint> {
        let returned = || lock(&self.returned).iter().find_map(Page::first_place);
        self.with_state(|state| state.checkpoint(returned())).await
    }

    /// What was learned of the list so far, for other listings of it.
    pub async fn seed(&self) -> Option<Seed> {
        self.with_state(|state| state.plan().seed()).await
    }

    /// The list as it was when the listing began.
    pub async fn origin(&self) -> Option<Origin> {
        self.with_state(|state| state.plan().origin()).await
    }

    /// Hashes of the ids of what was handed out so far, where they are kept: of the sessions as they were sent,
    /// whatever a mask makes of them.
    pub async fn ids(&self) -> Vec<u128> {
        self.with_state(|state| state.ids().to_vec()).await
    }

    /// Stops all requests; what was handed out stays valid.
    pub fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.closing.notify_waiters();
        self.stop_if_closed();
    }

    /// What is known so far.
    pub fn report(&self) -> ListingReport {
        let returned: usize = lock(&self.returned).iter().map(Page::len).sum();
        let report = lock(&self.known).clone().without(returned);
        let closed = self.is_closed() && !self.is_finished();
        ListingReport { closed, ..report }
    }

    /// One line about the listing, of whose sessions some were not handed on yet: `247 of 1,000 sessions`.
    pub fn summary(&self, unread: usize) -> String {
        let report = self.report().without(unread);
        if self.is_closed() {
            return format!("closed after {} sessions", grouped(report.yielded));
        }
        match (self.pages_fetched(), report.total_count_last) {
            (0, _) => "not started".to_owned(),
            (_, Some(total)) => format!("{} of {} sessions", grouped(report.yielded), grouped(total)),
            (_, None) => format!("{} sessions", grouped(report.yielded)),
        }
    }

    /// Whose sessions they are.
    pub fn agent(&self) -> &str {
        &self.agent
    }

    /// What is kept of it.
    pub fn choice(&self) -> &Choice {
        &self.choice
    }

    /// How many answers have come.
    pub fn pages_fetched(&self) -> u64 {
        self.pages_fetched.load(Ordering::Relaxed)
    }

    /// What the caller is to be warned of at the end, once.
    pub fn take_doubt(&self) -> Option<String> {
        let report = lock(&self.known).clone();
        let doubtful = report.unproven && !self.is_closed();
        let wanted = doubtful && self.to_warn.swap(false, Ordering::Relaxed);
        wanted.then(|| format!("Agent {}: {}", self.agent, report.warnings.join(" ")))
    }

    /// What the caller is to be told at the end of what was asked for, once: names that no session of the whole
    /// listing has.
    pub fn take_remarks(&self) -> Vec<String> {
        let report = lock(&self.known).clone();
        let read = report.matched + report.filtered;
        if !self.is_finished() || report.cut_short || read == 0 {
            return Vec::new();
        }
        lock(&self.sightings).take().map_or_else(Vec::new, |sightings| sightings.absent(read))
    }

    /// Whether [`Listing::close`] was called.
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Whether the caller has seen the end of the list.
    pub fn is_finished(&self) -> bool {
        self.finished.load(Ordering::Acquire)
    }

    /// Whoever holds the state instead of us comes by here too, when it lets go.
    fn stop_if_closed(&self) {
        if self.is_closed()
            && let Ok(mut state) = self.state.try_lock()
        {
            state.stop();
        }
    }

    /// One look at the state, between those who read.
    async fn with_state<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        let _leaving = Leaving(self);
        look(&mut *self.state.lock().await)
    }

    async fn read(&self) -> Result<Option<Page>> {
        let _reader = Reader::of(self);
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            // Only what changes from now on: the look at the state comes after it.
            changed.as_mut().enable();
            let mut state = self.state.lock().await;
            let next = state.next(self);
            self.publish(&state);
            drop(state);
            match next {
                Some(page) => return page,
                // What arrived while the state was ours found nobody to take it.
                None if !self.arrivals.is_empty() => {}
                None => changed.await,
            }
        }
    }

    /// Goes on with what has arrived, in the thread that read it: the answer is still in its cache, and the caller is
    /// busy with the page before. One that waits has nothing else to do, and goes on itself; but where a condition
    /// may leave nothing of a page for it, it sleeps on.
    fn go_on(&self) {
        let awaited = self.readers.load(Ordering::Acquire) > 0;
        if awaited && self.choice.condition.is_none() {
            self.changed.notify_waiters();
            return self.stop_if_closed();
        }
        while !self.arrivals.is_empty()
            && let Ok(mut state) = self.state.try_lock()
        {
            let awaited = self.readers.load(Ordering::Acquire) > 0;
            let told = state.go_on(self, awaited);
            drop(state);
            if told {
                self.changed.notify_waiters();
            }
        }
        // What is left is for whoever has the state now, or is next to have it: they look when they leave it.
        self.stop_if_closed();
    }

    /// Shows the plan's report, with what the plan does not know: when we began, and how often a
    /// request was sent again.
    fn publish(&self, state: &State) {
        let mut known = lock(&self.known);
        let (started_at, retries, duration) = (known.started_at, known.retries, known.duration);
        *known = ListingReport { retries, started_at, duration, ..state.report() };
    }

    fn count(&self, response: &Response, since: Option<Instant>) {
        self.pages_fetched.fetch_add(1, Ordering::Relaxed);
        let mut known = lock(&self.known);
        known.retries += u64::from(response.attempts.saturating_sub(1));
        known.started_at.get_or_insert(response.answered_at);
        known.duration = since.and_then(|since| i64::try_from(since.elapsed().as_micros()).ok());
    }
}

/// The agent that a request is for.
fn agent(client: &Client, request: &ListRequest) -> String {
    let agent = request.agent_id.clone().or_else(|| client.config().agent_id.clone());
    agent.unwrap_or_default()
}

fn lock<T>(mutex: &StdMutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
