//! Drives a plan over a client: sends what the plan asks, a bounded number at once, and hands out
//! what it yields. Blocking and async iterators both stand on it; it decides nothing itself.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex as StdMutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::{Mutex, Notify};
use tokio::task::JoinSet;

use super::plan::{Ask, Inconsistent, Plan, Step, Ticket};
use super::proof::persist::Seed;
use super::rechunk::{Page, Part, Rechunker, grouped};
use super::saved::Checkpoint;
use super::sieve::{self, Sieve, Taken};
use crate::core::client::Client;
use crate::core::client::request::{CallOptions, ListRequest};
use crate::core::client::response::Response;
use crate::core::error::{ConnectionError, Error, Result};
use crate::core::filter::Choice;
use crate::core::model::report::ListingReport;
use crate::core::model::row_facts::{Facts, IdKey};

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
    /// An end without a proof is worth a warning.
    pub warn: bool,
    /// The key under which ids are hashed.
    pub id_key: IdKey,
    /// Hand out rows as they come, in pages of at most `page_size`, instead of waiting for full ones.
    pub eager: bool,
    pub choice: Choice,
    /// How many sessions the caller wants at most.
    pub max_items: Option<u64>,
    /// Hand out pages without sessions, so that the caller sees the reading go on where nothing is kept.
    pub tell_progress: bool,
}

/// What one request brought: the answer, what the plan is told of it, and which rows the condition takes.
type Read = (Response, Facts, Taken);

/// A list that is read piece by piece.
pub struct Listing {
    state: Mutex<State>,
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
}

/// What the reader in turn works on.
struct State {
    client: Client,
    plan: Box<dyn Plan>,
    options: ListingOptions,
    in_flight: JoinSet<(Ask, Result<Read>)>,
    /// Answers that the plan has, and may yield from.
    held: HashMap<Ticket, (Arc<Response>, Taken)>,
    /// Requests that failed: sent again when the caller asks again.
    failed: Vec<Ask>,
    /// The first failure that the caller has not been told yet.
    failure: Option<Error>,
    rechunker: Rechunker,
    sieve: Sieve,
    /// How many rows were read when the caller was last told.
    told: u64,
    ended: bool,
    /// When the first request was sent.
    began: Option<Instant>,
    /// Rows that were safe when the listing was gone on with.
    resumed_at: u64,
}

/// What the plan came to.
enum Turn {
    Wait,
    Done,
}

impl Listing {
    #[must_use]
    pub fn new(client: Client, plan: Box<dyn Plan>, offset: u64, options: ListingOptions) -> Self {
        let resumed_at = plan.report().yielded;
        let mask = client.config().mask.clone();
        let mut known = plan.report().clone();
        // A listing that was resumed goes on counting.
        known.mask = mask.map(|mask| known.mask.take().unwrap_or_else(|| mask.report()));
        let masked = known.mask.clone();
        Self {
            known: StdMutex::new(known),
            pages_fetched: AtomicU64::new(0),
            returned: StdMutex::new(VecDeque::new()),
            agent: agent(&client, &options.request),
            choice: options.choice.clone(),
            to_warn: AtomicBool::new(options.warn),
            closed: AtomicBool::new(false),
            finished: AtomicBool::new(false),
            closing: Notify::new(),
            state: Mutex::new(State {
                client,
                plan,
                rechunker: Rechunker::new(options.page_size, offset, &options.choice),
                sieve: Sieve::new(&options.choice, options.max_items).with_mask(masked),
                told: 0,
                options,
                in_flight: JoinSet::new(),
                held: HashMap::new(),
                failed: Vec::new(),
                failure: None,
                ended: false,
                began: None,
                resumed_at,
            }),
        }
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
        let mut state = self.state.lock().await;
        let first = |page: &Page| page.parts.iter().find_map(|part| part.places.first().copied());
        let returned = lock(&self.returned).iter().find_map(first);
        let handed = returned.or(state.rechunker.first_place()).unwrap_or(state.sieve.read());
        let before = state.resumed_at;
        let (proof, ids) = state.plan.checkpoint(before + handed)?;
        Some(Checkpoint { proof, ids, id_key: state.options.id_key })
    }

    /// What was learned of the list so far, for other listings of it.
    pub async fn seed(&self) -> Option<Seed> {
        self.state.lock().await.plan.seed()
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

    async fn read(&self) -> Result<Option<Page>> {
        let mut state = self.state.lock().await;
        let page = state.next_page(self).await;
        self.publish(&state);
        page
    }

    /// Shows the plan's report, with what the plan does not know: when we began, and how often a
    /// request was sent again.
    fn publish(&self, state: &State) {
        let mut known = lock(&self.known);
        let (started_at, retries, duration) = (known.started_at, known.retries, known.duration);
        *known = state.plan.report().clone();
        state.sieve.amend(&mut known);
        *known = known.clone().without(state.rechunker.gathered());
        known.started_at = started_at;
        known.retries = retries;
        known.duration = duration;
    }

    fn count(&self, response: &Response, since: Option<Instant>) {
        self.pages_fetched.fetch_add(1, Ordering::Relaxed);
        let mut known = lock(&self.known);
        known.retries += u64::from(response.attempts.saturating_sub(1));
        known.started_at.get_or_insert(response.answered_at);
        known.duration = since.and_then(|since| i64::try_from(since.elapsed().as_micros()).ok());
    }
}

impl State {
    async fn next_page(&mut self, listing: &Listing) -> Result<Option<Page>> {
        loop {
            let turn = self.turn();
            if let Some(page) = self.ready(!matches!(turn, Ok(Turn::Wait))) {
                self.told = page.read;
                return Ok(Some(page));
            }
            match turn {
                Ok(Turn::Done) if self.has_progress() => return Ok(Some(self.progress())),
                Ok(Turn::Done) => {
                    self.stop();
                    return Ok(None);
                }
                Ok(Turn::Wait) if self.has_progress() => return Ok(Some(self.progress())),
                Ok(Turn::Wait) if !self.in_flight.is_empty() => self.wait(listing).await,
                // A request failed, and what came before it in the list has been handed out.
                Ok(Turn::Wait) => return Err(self.failure.take().unwrap_or_else(lost)),
                Err(contradiction) => {
                    listing.publish(self);
                    self.in_flight.abort_all();
                    return Err(Error::Incomplete {
                        message: contradiction.message,
                        report: Box::new(listing.report()),
                    });
                }
            }
        }
    }

    /// Does all that the plan wants, until it waits.
    fn turn(&mut self) -> Result<Turn, Inconsistent> {
        if self.ended || self.sieve.has_enough() {
            return Ok(Turn::Done);
        }
        if self.failure.is_none() {
            for ask in std::mem::take(&mut self.failed) {
                self.send(ask);
            }
        }
        let mut forced = false;
        loop {
            match self.plan.step(self.room(forced))? {
                Step::Ask(ask) => self.send(ask),
                Step::Yield(batch) => {
                    if let Some((response, taken)) = self.held.get(&batch.ticket) {
                        let (rows, places) = self.sieve.pick(taken, batch.rows);
                        self.sieve.count_masked(response.mask.as_deref(), &rows);
                        if !rows.is_empty() {
                            self.rechunker.push(Part { response: response.clone(), rows, places });
                        }
                    }
                    if self.sieve.has_enough() {
                        return Ok(Turn::Done);
                    }
                }
                Step::Release(ticket) => drop(self.held.remove(&ticket)),
                // Only now, or a plan would ask on before it yields what it has.
                Step::Wait if !forced && self.is_idle() => forced = true,
                Step::Wait => return Ok(Turn::Wait),
                Step::Done => return Ok(Turn::Done),
            }
        }
    }

    /// Whether one more request may be sent: never more pages at once than the caller allows, the
    /// one that it is about to get among them. `forced`: one in any case, if nothing is under way.
    fn room(&self, forced: bool) -> bool {
        let busy = self.in_flight.len() + self.held.len() + self.rechunker.pages(self.options.eager);
        self.failure.is_none() && (busy < self.options.max_concurrency || forced && self.is_idle())
    }

    /// Nothing is under way, and nothing is ready.
    fn is_idle(&self) -> bool {
        self.in_flight.is_empty() && self.rechunker.pages(self.options.eager) == 0
    }

    fn ready(&mut self, settled: bool) -> Option<Page> {
        let full = self.rechunker.full();
        if full.is_some() || !(settled || self.options.eager) { full } else { self.rechunker.rest() }
    }

    /// Whether rows were read of which the caller has not heard, since none of them was kept.
    fn has_progress(&self) -> bool {
        self.options.tell_progress && self.sieve.condition().is_some() && self.sieve.read() > self.told
    }

    fn progress(&mut self) -> Page {
        self.told = self.sieve.read();
        self.rechunker.progress(self.told)
    }

    fn send(&mut self, ask: Ask) {
        self.began.get_or_insert_with(Instant::now);
        let (client, id_key) = (self.client.clone(), self.options.id_key);
        let (call, condition) = (self.options.call.clone(), self.sieve.condition());
        let request = ListRequest {
            limit: i64::from(ask.limit),
            offset: i64::try_from(ask.offset).unwrap_or(i64::MAX),
            ..self.options.request.clone()
        };
        self.in_flight.spawn(async move {
            // The facts are read and the condition is asked here, in the runtime's threads, of the page as it was
            // sent: what comes of it may be masked.
            let read = |sent: &Response| {
                let facts = sent.answer.facts_keyed(id_key, sent.answered_at);
                (Facts { dated: sent.dated, ..facts }, sieve::taken(condition.as_deref(), &sent.answer))
            };
            let answer = client.list_judged(&request, &call, read).await;
            (ask, answer.map(|(response, (facts, taken))| (response, facts, taken)))
        });
    }

    async fn wait(&mut self, listing: &Listing) {
        match self.in_flight.join_next().await {
            Some(Ok((ask, Ok((response, facts, taken))))) => {
                listing.count(&response, self.began);
                self.plan.answer(ask.ticket, &facts);
                self.held.insert(ask.ticket, (Arc::new(response), taken));
            }
            Some(Ok((ask, Err(error)))) => {
                self.failed.push(ask);
                self.failure.get_or_insert(error);
            }
            Some(Err(_)) | None => {}
        }
    }

    fn stop(&mut self) {
        self.ended = true;
        self.in_flight.abort_all();
        self.held.clear();
        self.failed.clear();
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

/// A task that ended without an answer: never seen, and not to be taken for the end of the list.
fn lost() -> Error {
    Error::Connection(Box::new(ConnectionError {
        message: "a request of the listing was lost inside the client. Please report this; \
                  a new listing starts afresh."
            .to_owned(),
        attempts: 0,
        causes: Vec::new(),
    }))
}
