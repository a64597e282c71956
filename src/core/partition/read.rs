//! Planning and reading over a client: thin, since what is decided stands elsewhere.

use futures_util::future::try_join_all;

use super::plan::{Part, PartEvidence, PartitionPlan};
use super::planner::Planner;
use super::settle::SettleError;
use crate::core::client::Client;
use crate::core::client::request::{ListRequest, argument_fault, refuse};
use crate::core::error::{Error, Result};
use crate::core::filter::{Choice, ChoiceState};
use crate::core::listing::proof::ProofOptions;
use crate::core::listing::{Consistency, Listing, ListingRequest, Region, Resume, Seed, bounds};
use crate::core::model::row_facts::{Facts, IdClass, IdKey};

/// Cuts the listing that `wanted` describes into `n` parts at most; `nulls` adds the sessions without a key to a
/// listing that is bounded. It costs the calibration and one request a cut; of a
/// list that is bounded, a few times that.
///
/// # Errors
/// Everything that is wrong with the request, at once; whatever the listing's first pages fail with.
pub async fn plan(client: Client, wanted: ListingRequest, n: i64, nulls: bool) -> Result<PartitionPlan> {
    let wrong = (n < 1).then(|| argument_fault("n", "must be 1 or more", n));
    refuse(wrong.into_iter().collect())?;
    // Parts are read by other processes, and their pseudonyms are to join.
    if let Some(mask) = &client.config().mask {
        mask.check_lasting().map_err(Error::Configuration)?;
    }
    let n = usize::try_from(n).unwrap_or(usize::MAX);
    // A deadline bounds all that planning asks for; each reading of a part has it for itself.
    let wanted = wanted.resolve(&client)?.begun();
    let choice = wanted.resolved.clone().unwrap_or_default();
    let bounds = bounds::region(&choice);
    let region = Region { nulls: bounds.nulls || nulls, ..bounds };
    // The plan is about the rows as they are served, whatever is kept of them.
    let served = ListingRequest {
        agent_id: wanted.agent_id,
        extra_body: wanted.extra_body,
        call: wanted.call,
        ..ListingRequest::default()
    };
    let id_key = IdKey::random();
    let plan = match calibrate(&client, &served).await? {
        Ok(seed) => {
            let mut planner = Planner::new(seed, region, n);
            loop {
                let pages =
                    planner.wanted().into_iter().map(|(offset, limit)| page(&client, &served, offset, limit));
                for facts in try_join_all(pages).await? {
                    planner.answer(&facts);
                }
                if !planner.narrow() {
                    break;
                }
            }
            planner.finish(id_key)
        }
        Err(total) => PartitionPlan::whole(region, total, id_key),
    };
    Ok(plan.choosing(&choice.state()))
}

/// What the first pages show; of a list that is shorter, how many sessions it has.
async fn calibrate(
    client: &Client,
    served: &ListingRequest,
) -> Result<std::result::Result<Seed, Option<u64>>> {
    // Two at once: more would be read for nothing.
    let first = ListingRequest { max_concurrency: Some(2), ..served.clone() };
    let listing = first.start(client.clone(), true)?;
    let mut seed = None;
    while seed.is_none() && listing.next_page().await?.is_some() {
        seed = listing.seed().await;
    }
    listing.close();
    Ok(seed.ok_or_else(|| listing.report().total_count_last))
}

async fn page(client: &Client, served: &ListingRequest, offset: u64, limit: u32) -> Result<Facts> {
    let request = ListRequest {
        agent_id: served.agent_id.clone(),
        extra_body: served.extra_body.clone(),
        limit: i64::from(limit),
        offset: i64::try_from(offset).unwrap_or(i64::MAX),
    };
    // Of the page as it was sent: a mask may change the keys.
    let facts = |sent: &crate::core::client::response::Response| sent.answer.facts(sent.answered_at);
    Ok(client.list_judged(&request, &served.call, facts).await?.1)
}

impl Part {
    /// The listing of this part: proven, or an error. `base` says whose sessions, and how they are asked for.
    ///
    /// # Errors
    /// When what is to be kept is not a choice of ours.
    pub fn request(&self, base: &ListingRequest) -> Result<ListingRequest> {
        let ProofOptions { consistency, region, seed, part, .. } = self.options();
        let resume = Some(Resume { proof: None, ids: Vec::new(), id_key: self.id_key });
        let resolved = Some(restored(&self.choice)?);
        Ok(ListingRequest {
            consistency,
            region,
            seed,
            resume,
            part,
            resolved,
            keep_ids: true,
            ..base.clone()
        })
    }

    /// What the listing came to, once it is at its end.
    pub async fn evidence(&self, listing: &Listing) -> PartEvidence {
        PartEvidence::new(self, listing.seed().await, listing.report())
    }
}

impl PartitionPlan {
    /// The listing that yields what no part yielded; `None` where nothing can be left. `known`: the hashes of the
    /// ids that the parts yielded, all of them or those of the class.
    ///
    /// # Errors
    /// Where the evidence does not settle the plan.
    pub fn settling(
        &self,
        base: &ListingRequest,
        evidence: &[PartEvidence],
        known: Vec<u128>,
        class: Option<IdClass>,
    ) -> Result<Option<ListingRequest>> {
        let settling =
            self.settle(evidence).map_err(|fault: SettleError| Error::Configuration(fault.to_string()))?;
        let Some((region, seed)) = settling.head else { return Ok(None) };
        Ok(Some(ListingRequest {
            consistency: Consistency::Strict,
            region,
            seed: Some(seed),
            resume: Some(Resume { proof: None, ids: known, id_key: self.id_key }),
            resolved: Some(restored(&self.choice)?),
            class,
            ..base.clone()
        }))
    }
}

fn restored(choice: &ChoiceState) -> Result<Choice> {
    Choice::restore(choice.clone()).map_err(|faults| {
        let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
        Error::Configuration(format!("the plan is damaged, or a newer version's: {}", told.join("; ")))
    })
}
