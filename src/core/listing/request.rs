//! What a caller wants of a listing, checked, and the plan that it makes.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::Listing;
use super::bounds;
use super::driver::ListingOptions;
use super::fast::FastPlan;
use super::plan::{Consistency, Plan, Range};
use super::proof::keys::region::Region;
use super::proof::persist::Seed;
use super::proof::rules::Rules;
use super::proof::{ProofOptions, ProvingPlan};
use super::rechunk::Page;
use super::row_filter;
use super::saved::Resume;
use super::shortcut::ShortcutPlan;
use crate::core::client::Client;
use crate::core::client::request::{CallOptions, ListRequest, MAX_LIMIT, argument_fault, refuse};
use crate::core::config::MOST_CONCURRENCY;
use crate::core::error::{Error, ErrorDetail, Result};
use crate::core::filter::{Choice, ChoiceRequest};
use crate::core::model::row_facts::{IdClass, IdKey};
use crate::core::model::time::now;

/// So many answers make a batch. Each is held as long as one of its rows waits.
const BATCH: usize = 16;

/// A listing as the caller asks for it.
#[derive(Debug, Clone)]
pub struct ListingRequest {
    /// `None`: the client's own.
    pub agent_id: Option<String>,
    pub page_size: i64,
    pub offset: i64,
    pub max_items: Option<i64>,
    /// `None`: the client's own.
    pub max_concurrency: Option<i64>,
    pub consistency: Consistency,
    /// Which sessions, which of their fields, and which part of the list.
    pub choice: ChoiceRequest,
    /// The same, where it was resolved before: on another day, or for another part of the list.
    pub resolved: Option<Choice>,
    /// What a condition takes is handed out in batches: for whoever takes all of it, and would be woken for a few
    /// sessions at a time.
    pub in_batches: bool,
    /// Somebody wants to see how far the reading is.
    pub tell_progress: bool,
    /// The part of the list that is wanted, by its sort key. Not together with an offset.
    pub region: Region,
    /// What another listing of the same list learned: spares the calibration.
    pub seed: Option<Seed>,
    /// What an earlier run made safe.
    pub resume: Option<Resume>,
    /// Keep the proof so that [`Listing::checkpoint`] can give it.
    pub keep_proof: bool,
    /// A part of a partition: what the orders left disagree on is not decided about.
    pub part: bool,
    /// Hand out sessions again that are seen again with a later key.
    pub again: bool,
    /// Hand out only sessions of this class.
    pub class: Option<IdClass>,
    /// Keep the hashes of the ids of what is handed out, for [`Listing::ids`].
    pub keep_ids: bool,
    pub extra_body: Map<String, Value>,
    pub call: CallOptions,
}

impl Default for ListingRequest {
    fn default() -> Self {
        Self {
            agent_id: None,
            page_size: MAX_LIMIT,
            offset: 0,
            max_items: None,
            max_concurrency: None,
            consistency: Consistency::Checked,
            choice: ChoiceRequest::default(),
            resolved: None,
            in_batches: false,
            tell_progress: false,
            region: Region::WHOLE,
            seed: None,
            resume: None,
            keep_proof: false,
            part: false,
            again: false,
            class: None,
            keep_ids: false,
            extra_body: Map::new(),
            call: CallOptions::default(),
        }
    }
}

/// One page as the caller asks for it, and what is kept of it.
#[derive(Debug, Clone, Default)]
pub struct PageRequest {
    pub request: ListRequest,
    pub choice: ChoiceRequest,
    pub call: CallOptions,
}

impl PageRequest {
    /// Asks for the page: one request, whatever is kept of its answer.
    ///
    /// # Errors
    /// Everything that is wrong with the request, at once; whatever the request fails with.
    pub async fn send(self, client: Client) -> Result<Page> {
        Self { call: CallOptions { cached: true, ..self.call }, ..self }.fetch(client).await
    }

    /// The same, and never from memory.
    ///
    /// # Errors
    /// As of [`PageRequest::send`].
    pub async fn fetch(self, client: Client) -> Result<Page> {
        let mut faults = self.request.faults(client.config().agent_id.as_deref());
        let choice = Choice::read(&self.choice, now()).map_err(|wrong| faults.extend(wrong));
        refuse(faults)?;
        let (limit, offset) = (u32::try_from(self.request.limit), u64::try_from(self.request.offset));
        let choice = choice.unwrap_or_default();
        // A condition is asked of the page as it was sent, and only where there is one.
        let (response, taken) = match choice.condition.as_deref() {
            None => (client.list(&self.request, &self.call).await?, None),
            condition => {
                client
                    .list_judged(&self.request, &self.call, |sent| row_filter::taken(condition, &sent.answer))
                    .await?
            }
        };
        Ok(Page::chosen(Arc::new(response), &taken, limit.unwrap_or(0), offset.unwrap_or(0), &choice))
    }
}

impl ListingRequest {
    /// The same, of which the time begins to count now and not with the first request.
    #[must_use]
    pub fn begun(self) -> Self {
        Self { call: self.call.begun(), ..self }
    }

    /// The listing over this client; nothing is requested yet. `eager`: rows are handed out as they
    /// come, and not in full pages only.
    ///
    /// # Errors
    /// Everything that is wrong with the request, at once.
    pub fn start(self, client: Client, eager: bool) -> Result<Arc<Listing>> {
        let request = ListRequest {
            agent_id: self.agent_id.clone(),
            extra_body: self.extra_body.clone(),
            ..ListRequest::default()
        };
        let choice = self.check(&request, &client)?;
        client.check_open()?;
        let page_size = u32::try_from(self.page_size).unwrap_or(1);
        let range = self.range();
        let id_key = self.resume.as_ref().map(|resume| resume.id_key);
        let id_key =
            id_key.unwrap_or_else(|| if self.keep_proof { IdKey::random() } else { IdKey::of_process() });
        let plan = self.plan(&choice, page_size)?;
        // A part of the list, or what is left of one, does not show what all sessions have.
        let resumes = self.resume.as_ref().is_some_and(|it| it.proof.is_some() || !it.ids.is_empty());
        let is_all = !self.part && self.class.is_none() && !resumes;
        let sightings = choice.sightings().filter(|_| is_all).map(Arc::new);
        let max_concurrency = self.max_concurrency.and_then(|number| usize::try_from(number).ok());
        let hand_out = match eager {
            true if self.in_batches && choice.condition.is_some() => BATCH,
            true => 1,
            false => usize::MAX,
        };
        let options = ListingOptions {
            request,
            max_concurrency: max_concurrency.unwrap_or_else(|| client.config().max_concurrency),
            call: self.call,
            page_size,
            consistency: self.consistency,
            hand_out,
            choice,
            max_items: range.max_items,
            tell_progress: self.tell_progress,
            class: self.class,
            keep_ids: self.keep_ids,
            id_key,
            sightings,
        };
        Ok(Listing::new(client, plan, range.offset, options))
    }

    /// The same with what is chosen resolved, for listings of the same at other times or elsewhere.
    ///
    /// # Errors
    /// Everything that is wrong with the request, at once.
    pub fn resolve(self, client: &Client) -> Result<Self> {
        let request = ListRequest {
            agent_id: self.agent_id.clone(),
            extra_body: self.extra_body.clone(),
            ..ListRequest::default()
        };
        let resolved = Some(self.check(&request, client)?);
        Ok(Self { choice: ChoiceRequest::default(), resolved, ..self })
    }

    /// What is kept of the list, with everything relative resolved by this machine's clock.
    ///
    /// # Errors
    /// Everything that is wrong with the request, at once.
    fn check(&self, request: &ListRequest, client: &Client) -> Result<Choice> {
        let mut faults = request.faults(client.config().agent_id.as_deref());
        faults.extend(self.faults());
        let choice = match &self.resolved {
            Some(resolved) => Some(resolved.clone()),
            None => Choice::read(&self.choice, now()).map_err(|wrong| faults.extend(wrong)).ok(),
        };
        refuse(faults)?;
        Ok(choice.unwrap_or_default())
    }

    /// The part of the list that is wanted.
    pub fn range(&self) -> Range {
        let max_items = self.max_items.and_then(|items| u64::try_from(items).ok());
        Range { offset: u64::try_from(self.offset).unwrap_or(0), max_items }
    }

    fn plan(&self, choice: &Choice, page_size: u32) -> Result<Box<dyn Plan>> {
        // Whatever a condition does not take is not counted, and only what is left knows how much that is.
        let counted = self.range().max_items.filter(|_| choice.condition.is_none());
        let range = Range { max_items: counted, ..self.range() };
        // An offset counts from the head of the whole list, and is not for a part of it.
        let bounded = self.region.is_whole() && range.offset == 0;
        let region = if bounded { bounds::region(choice) } else { self.region };
        if self.consistency == Consistency::Fast {
            return Ok(Box::new(FastPlan::new(range, page_size).bounded(region)));
        }
        let resume = self.resume.clone();
        let (proof, known) = resume.map_or((None, Vec::new()), |resume| (resume.proof, resume.ids));
        let options = ProofOptions {
            consistency: self.consistency,
            range,
            region,
            seed: self.seed.clone(),
            known,
            keep: self.keep_proof,
            part: self.part,
            again: self.again,
        };
        let Some(proof) = proof else {
            // A proof that is kept is one of what was asked for, whatever the rows turn out to be.
            let shortcut = bounds::shortcut(choice, Rules::default().skew);
            if let Some(shortcut) = shortcut.filter(|_| bounded && !self.keep_proof) {
                return Ok(Box::new(ShortcutPlan::new(options, shortcut, Rules::default())));
            }
            return Ok(Box::new(ProvingPlan::with_rules(options, Rules::default())));
        };
        let plan = ProvingPlan::resume(proof, options, Rules::default());
        plan.map(|plan| Box::new(plan) as Box<dyn Plan>)
            .map_err(|fault| Error::Configuration(fault.to_string()))
    }

    fn faults(&self) -> Vec<ErrorDetail> {
        let mut faults = Vec::new();
        if self.offset > 0 && (self.choice.since.is_some() || self.choice.until.is_some()) {
            faults.push(argument_fault("offset", "must be 0 together with since or until", self.offset));
        }
        for (name, range, value) in [
            ("page_size", 1..=MAX_LIMIT, Some(self.page_size)),
            // One beyond 64 bits arrives as the last within, and would be sent as another number.
            ("offset", 0..=i64::MAX - 1, Some(self.offset)),
            ("max_items", 0..=i64::MAX, self.max_items),
            ("max_concurrency", 1..=MOST_CONCURRENCY, self.max_concurrency),
        ] {
            let Some(value) = value.filter(|value| !range.contains(value)) else { continue };
            let rule = match range.into_inner() {
                (least, i64::MAX) => format!("must be {least} or more"),
                (least, most) if most == i64::MAX - 1 => format!("must be {least} or more, and fit 64 bits"),
                (least, most) => format!("must be between {least} and {most}"),
            };
            faults.push(argument_fault(name, &rule, value));
        }
        faults
    }
}
