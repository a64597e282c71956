//! One reading of the list: what it asks for, what waits to be stored, and what it says for the next run.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::file::gone::{Bracket, Seen};
use super::mode::{self, Scope};
use super::report::Counts;
use super::state::{State, bound_below};
use super::tops::Tops;
use super::unfinished::Unfinished;
use crate::core::client::Client;
use crate::core::client::response::Response;
use crate::core::error::Result;
use crate::core::listing::rechunk::Page;
use crate::core::listing::{Consistency, Listing, ListingRequest, Origin, Region, Resume};
use crate::core::model::report::ListingReport;
use crate::core::model::row_facts::KEY_FIELDS;
use crate::core::model::time::now;

/// Rows that are stored in one transaction, and how long they wait for it at most.
const COMMIT_ROWS: usize = 4_096;
/// Requests in flight for a head, unless told otherwise.
const HEAD_CONCURRENCY: i64 = 2;
const COMMIT_TIME: Duration = Duration::from_secs(2);
/// Pages of a head that are looked at for sessions that are gone.
const BRACKETS: usize = 64;

/// One reading of the list.
pub struct Pass {
    pub scope: Scope,
    pub listing: Arc<Listing>,
    /// By this machine's clock.
    pub began: i64,
    pub read: u64,
    /// Requests of the runs that it goes on with; their reports have told of them.
    requests_before: u64,
    pub counts: Counts,
    consistency: Consistency,
    commit_rows: usize,
    waiting: Vec<Page>,
    since_commit: Instant,
    first: Option<Arc<Response>>,
    latest: Option<Arc<Response>>,
    brackets: Vec<Bracket>,
    tops: Tops,
    /// Where it began may be kept for the runs to come: no mask changes what the file may hold.
    keeps_top: bool,
}

impl Pass {
    /// Nothing is requested yet.
    ///
    /// # Errors
    /// What is wrong with the request, and a proof that cannot be gone on with.
    pub fn new(
        client: &Client,
        request: &ListingRequest,
        scope: Scope,
        (began, resume): (i64, Option<Resume>),
        commit_rows: Option<usize>,
    ) -> Result<Self> {
        let mut request = request.clone();
        request.again = true;
        // With a mask too: until the run ends its proof keeps times, and no id but as a hash under a key of its own.
        request.keep_proof = true;
        request.resume = resume;
        match scope {
            Scope::Full => {}
            Scope::Head(bound) => request.region = Region::between(Some(bound), None),
            Scope::Nulls => request.region = Region::NULLS,
        }
        if scope != Scope::Full {
            // Where the head ends is seen only in its last page: each request in flight may lie behind it.
            let allowed = i64::try_from(client.config().max_concurrency).unwrap_or(HEAD_CONCURRENCY);
            request.max_concurrency.get_or_insert(allowed.min(HEAD_CONCURRENCY));
        }
        let consistency = request.consistency;
        let listing = request.start(client.clone(), true)?;
        Ok(Self {
            scope,
            requests_before: listing.report().requests,
            keeps_top: client.config().mask.is_none(),
            consistency,
            listing,
            began,
            read: 0,
            counts: Counts::default(),
            commit_rows: commit_rows.unwrap_or(COMMIT_ROWS),
            waiting: Vec::new(),
            since_commit: Instant::now(),
            first: None,
            latest: None,
            brackets: Vec::new(),
            tops: Tops::default(),
        })
    }

    pub fn take(&mut self, page: Page) {
        self.read += page.len() as u64;
        for part in &page.parts {
            self.first.get_or_insert_with(|| part.response.clone());
            // One answer may be handed out in parts.
            let known = self.latest.as_ref().is_some_and(|latest| Arc::ptr_eq(latest, &part.response));
            let head = matches!(self.scope, Scope::Head(_));
            if head && !known && self.brackets.len() < BRACKETS {
                self.brackets.extend(Bracket::of(&part.response.answer));
            }
            if !known {
                self.tops.look(&part.response.answer, part.response.answered_at, head);
            }
            self.latest = Some(part.response.clone());
        }
        self.waiting.push(page);
    }

    pub fn is_due(&self) -> bool {
        let rows: usize = self.waiting.iter().map(Page::len).sum();
        rows >= self.commit_rows || rows > 0 && self.since_commit.elapsed() >= COMMIT_TIME
    }

    pub fn requests(&self, listing: &ListingReport) -> u64 {
        listing.requests.saturating_sub(self.requests_before)
    }

    /// What waits to be stored.
    pub fn waiting(&mut self) -> Vec<Page> {
        self.since_commit = Instant::now();
        std::mem::take(&mut self.waiting)
    }

    /// What another process would need to go on, with the hashes of the ids that wait to be stored.
    pub async fn unfinished(&self, run: i64) -> Option<(Unfinished, Vec<u128>)> {
        let kept = self.listing.checkpoint().await?;
        let (scope, consistency, began) = (self.scope, self.consistency, self.began);
        let (proof, id_key) = (kept.proof, kept.id_key);
        Some((Unfinished { run, scope, consistency, began, proof, id_key }, kept.ids))
    }

    /// What is gone where it was not met, if the pass is proven.
    pub fn seen(&mut self, complete: bool) -> Seen {
        match self.scope {
            _ if !complete => Seen::Nothing,
            Scope::Full => Seen::All,
            Scope::Nulls => Seen::Nothing,
            Scope::Head(_) => Seen::Between(std::mem::take(&mut self.brackets)),
        }
    }

    /// The service's clock at the latest answer, else this machine's.
    pub fn time(&self) -> i64 {
        let proven_at = self.listing.report().proven_at.unwrap_or(0);
        self.first.as_ref().map_or_else(now, |first| first.answered_at.max(proven_at))
    }

    /// What a complete pass says for the next run.
    pub async fn learn(&self, state: &mut State, listing: &ListingReport) {
        if self.scope == Scope::Nulls {
            return;
        }
        state.proven_at = listing.proven_at;
        // A few sessions of a head may lie in several orders: the whole list told which is its own.
        if self.scope == Scope::Full && listing.order.is_some() {
            state.order.clone_from(&listing.order);
        }
        let origin = self.listing.origin().await;
        if self.scope == Scope::Full {
            // What was read early may have gone, or changed without moving, while the rest was read.
            let began = listing.started_at.min(listing.proven_at);
            state.last_full_at = began.or_else(|| Some(now()));
            state.deletions_proven_at = began;
        }
        if !mode::is_by_activity(state.order.as_deref()) {
            state.bound = None;
            return;
        }
        let field = state.order.as_deref().and_then(|order| order.split(' ').next());
        let place = field.and_then(|field| KEY_FIELDS.iter().position(|name| *name == field));
        if self.scope == Scope::Full {
            let null = origin.zip(place).and_then(|(origin, place)| origin.nulls.get(place).copied());
            state.has_nulls = null.unwrap_or(true);
        }
        // What moved or was born since the pass began has a key above the top then, less the skew.
        if let Some(top) = place.and_then(|place| self.top(origin, place)) {
            state.bound = Some(bound_below(top));
        }
    }

    /// The list's top when the pass began, as far as it may be kept.
    fn top(&self, origin: Option<Origin>, place: usize) -> Option<i64> {
        let top = if self.keeps_top {
            let origin = origin?;
            origin.tops.get(place).copied().flatten().map(|top| top.min(origin.answered_at))
        } else {
            let first = self.first.as_ref()?;
            let key = |row| first.answer.keys(row)?.get(place).copied()?;
            (0..first.answer.len()).find_map(key).map(|top| top.min(first.answered_at))
        };
        top.or_else(|| self.tops.settled(place))
    }
}
