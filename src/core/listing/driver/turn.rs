//! What one reader at a time does: asks the plan, sends its requests, keeps its answers, hands out its rows.

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::arrivals::{Read, Request, lost};
use super::{Listing, ListingOptions};
use crate::core::client::Client;
use crate::core::client::caller;
use crate::core::client::request::{CallOptions, ListRequest};
use crate::core::client::response::Response;
use crate::core::error::{Error, Result};
use crate::core::listing::plan::{Ask, Inconsistent, Plan, Step, Ticket};
use crate::core::listing::rechunk::{AnswerRows, Page, Rechunker};
use crate::core::listing::row_filter::{self, Ids, RowFilter, Taken};
use crate::core::listing::saved::Checkpoint;
use crate::core::listing::terms::Consistency;
use crate::core::model::mask_report::MaskReport;
use crate::core::model::report::ListingReport;
use crate::core::model::row_facts::Facts;

/// How long nothing is told where there is nothing to hand out.
const TELL: Duration = Duration::from_millis(50);

/// What the reader in turn works on.
pub(super) struct State {
    client: Client,
    plan: Box<dyn Plan>,
    options: ListingOptions,
    /// Whose state this is; its requests call on it when they are answered.
    listing: Weak<Listing>,
    requests: JoinSet<()>,
    /// Requests of which the plan has heard nothing yet.
    in_flight: usize,
    /// Answers that the plan has, and may yield from.
    held: HashMap<Ticket, (Arc<Response>, Taken, Ids)>,
    /// Requests that failed: sent again when the caller asks again.
    failed: Vec<Ask>,
    /// The first failure that the caller has not been told yet.
    failure: Option<Error>,
    rechunker: Rechunker,
    row_filter: RowFilter,
    /// How many rows were read when the caller was last told, and when that was.
    told: u64,
    told_at: Option<Instant>,
    ended: bool,
    /// When the first request was sent.
    began: Option<Instant>,
    /// When the listing has to be over, once it has begun.
    until: Option<tokio::time::Instant>,
    /// Rows that were safe when the listing was gone on with.
    resumed_at: u64,
}

/// What the plan came to.
enum Turn {
    Wait,
    Done,
}

impl State {
    pub(super) fn new(
        listing: Weak<Listing>,
        client: Client,
        plan: Box<dyn Plan>,
        offset: u64,
        options: ListingOptions,
        masked: Option<MaskReport>,
    ) -> Self {
        Self {
            client,
            rechunker: Rechunker::new(options.page_size, offset, &options.choice),
            row_filter: RowFilter::new(&options.choice, options.max_items)
                .proving(options.consistency != Consistency::Fast)
                .with_mask(masked)
                .of_class(options.class, options.keep_ids),
            resumed_at: plan.report().yielded,
            until: options.call.until,
            plan,
            options,
            listing,
            requests: JoinSet::new(),
            in_flight: 0,
            held: HashMap::new(),
            failed: Vec::new(),
            failure: None,
            told: 0,
            told_at: None,
            ended: false,
            began: None,
        }
    }

    /// The plan's report, with what is kept of its rows.
    pub(super) fn report(&self) -> ListingReport {
        let mut report = self.plan.report().clone();
        self.row_filter.amend(&mut report);
        report.without(self.rechunker.gathered())
    }

    /// `returned`: the place of the first row that did not reach the caller, though a page with it was ready.
    pub(super) fn checkpoint(&mut self, returned: Option<u64>) -> Option<Checkpoint> {
        let handed = returned.or(self.rechunker.first_place()).unwrap_or(self.row_filter.read());
        let (proof, ids) = self.plan.checkpoint(self.resumed_at + handed)?;
        Some(Checkpoint { proof, ids, id_key: self.options.id_key })
    }

    pub(super) fn plan(&self) -> &dyn Plan {
        self.plan.as_ref()
    }

    pub(super) fn ids(&self) -> &[u128] {
        self.row_filter.ids()
    }

    /// What the caller gets; `None` where that has not come yet.
    pub(super) fn next(&mut self, listing: &Listing) -> Option<Result<Option<Page>>> {
        self.absorb(listing);
        let turn = self.turn();
        if let Some(page) = self.ready(!matches!(turn, Ok(Turn::Wait))) {
            self.tell(page.read);
            return Some(Ok(Some(page)));
        }
        match turn {
            Ok(Turn::Wait) if self.has_progress() => Some(Ok(Some(self.progress()))),
            Ok(Turn::Done) if self.has_untold() => Some(Ok(Some(self.progress()))),
            Ok(Turn::Done) => {
                self.stop();
                Some(Ok(None))
            }
            Ok(Turn::Wait) if self.in_flight > 0 => None,
            // A request failed, and what came before it in the list has been handed out.
            Ok(Turn::Wait) => {
                // Whoever asks on has as much time again.
                self.until = None;
                Some(Err(self.failure.take().unwrap_or_else(lost)))
            }
            Err(contradiction) => {
                listing.publish(self);
                self.requests.abort_all();
                let report = Box::new(listing.report());
                Some(Err(Error::Incomplete { message: contradiction.message, report }))
            }
        }
    }

    /// Tells the plan what has arrived; where somebody waits, does what it wants next, too. Says whether there is
    /// something for those who wait.
    pub(super) fn go_on(&mut self, listing: &Listing, awaited: bool) -> bool {
        self.absorb(listing);
        if !awaited {
            return false;
        }
        let waits = matches!(self.turn(), Ok(Turn::Wait)) && self.in_flight > 0;
        !waits || self.rechunker.pages(self.options.hand_out) > 0 || self.has_progress()
    }

    /// Does all that the plan wants, until it waits.
    fn turn(&mut self) -> Result<Turn, Inconsistent> {
        if self.ended || self.row_filter.has_enough() {
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
                    if let Some((response, taken, ids)) = self.held.get(&batch.ticket) {
                        let (rows, places) = self.row_filter.pick(taken, ids, batch.rows);
                        self.row_filter.count_masked(response.mask.as_deref(), &rows);
                        if !rows.is_empty() {
                            self.rechunker.push(AnswerRows { response: response.clone(), rows, places });
                        }
                    }
                    if self.row_filter.has_enough() {
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
        let busy = self.in_flight + self.held.len() + self.rechunker.pages(self.options.hand_out);
        self.failure.is_none() && (busy < self.options.max_concurrency || forced && self.is_idle())
    }

    /// Nothing is under way, and nothing is ready.
    fn is_idle(&self) -> bool {
        self.in_flight == 0 && self.rechunker.pages(self.options.hand_out) == 0
    }

    fn ready(&mut self, settled: bool) -> Option<Page> {
        let settled = settled || self.rechunker.pages(self.options.hand_out) > 0;
        let full = self.rechunker.full();
        if full.is_some() || !settled { full } else { self.rechunker.rest() }
    }

    /// Whether rows were read of which the caller has not heard, since none of them was kept.
    fn has_untold(&self) -> bool {
        self.options.tell_progress
            && self.row_filter.condition().is_some()
            && self.row_filter.read() > self.told
    }

    /// Whether it is time to tell of them: whoever is told of every answer of a fast service is kept from its work.
    fn has_progress(&self) -> bool {
        self.has_untold() && self.told_at.is_none_or(|told| told.elapsed() >= TELL)
    }

    fn progress(&mut self) -> Page {
        self.tell(self.row_filter.read());
        self.rechunker.progress(self.told)
    }

    fn tell(&mut self, read: u64) {
        (self.told, self.told_at) = (read, Some(Instant::now()));
    }

    fn send(&mut self, ask: Ask) {
        self.began.get_or_insert_with(Instant::now);
        let (client, id_key) = (self.client.clone(), self.options.id_key);
        let call = CallOptions { until: self.until, ..self.options.call.clone() };
        let call = if call.until.is_none() { call.begun() } else { call };
        self.until = call.until;
        let (caller, condition) = (caller::current(), self.row_filter.condition());
        let sightings = self.options.sightings.clone();
        let request = ListRequest {
            limit: i64::from(ask.limit),
            offset: i64::try_from(ask.offset).unwrap_or(i64::MAX),
            ..self.options.request.clone()
        };
        let under_way = Request::new(ask, self.listing.clone());
        self.in_flight += 1;
        self.requests.spawn(caller::on_behalf(caller, async move {
            // The facts are read and the condition is asked here, in the runtime's threads, of the page as it was
            // sent: what comes of it may be masked.
            let read = |sent: &Response| {
                let facts = sent.answer.facts_keyed(id_key, sent.answered_at);
                if let Some(sightings) = &sightings {
                    sightings.look(sent.answer.sessions());
                }
                (Facts { dated: sent.dated, ..facts }, row_filter::taken(condition.as_deref(), &sent.answer))
            };
            let answer = client.list_judged(&request, &call, read).await;
            under_way.arrive(answer.map(|(response, (facts, taken))| (response, facts, taken)));
        }));
    }

    /// Tells the plan what has arrived.
    fn absorb(&mut self, listing: &Listing) {
        // What is over takes no room any more.
        while self.requests.try_join_next().is_some() {}
        while let Some((ask, answer)) = listing.arrivals.pop() {
            self.in_flight = self.in_flight.saturating_sub(1);
            match answer {
                Ok(read) => self.take(listing, ask, read),
                Err(error) => {
                    self.failed.push(ask);
                    self.failure.get_or_insert(error);
                }
            }
        }
    }

    fn take(&mut self, listing: &Listing, ask: Ask, (response, facts, taken): Read) {
        listing.count(&response, self.began);
        self.plan.answer(ask.ticket, &facts);
        let ids = || facts.rows.iter().map(|row| row.id).collect();
        let ids: Ids = self.row_filter.wants_ids().then(ids);
        self.held.insert(ask.ticket, (Arc::new(response), taken, ids));
    }

    pub(super) fn stop(&mut self) {
        self.ended = true;
        self.requests.abort_all();
        self.held.clear();
        self.failed.clear();
    }
}
