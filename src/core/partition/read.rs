//! Planning and reading over a client: thin, since what is decided stands elsewhere.

use futures_util::future::try_join_all;

use super::plan::{Part, PartEvidence, PartitionPlan};
use super::planner::Planner;
use super::settle::SettleError;
use crate::core::client::Client;
use crate::core::client::request::ListRequest;
use crate::core::error::{Error, Result};
use crate::core::listing::proof::ProofOptions;
use crate::core::listing::rechunk::Page;
use crate::core::listing::{Consistency, Listing, ListingRequest, Region, Resume};
use crate::core::model::row_facts::{Facts, IdKey};

/// Cuts the listing that `base` describes into `n` parts at most. It costs the calibration and one request a cut.
///
/// # Errors
/// Whatever the listing's first pages fail with.
pub async fn plan(client: &Client, base: &ListingRequest, region: Region, n: usize) -> Result<PartitionPlan> {
    let id_key = IdKey::random();
    let first = ListingRequest { region: Region::WHOLE, max_items: None, ..base.clone() };
    let listing = first.start(client.clone(), true)?;
    let mut seed = None;
    while seed.is_none() && listing.next_page().await?.is_some() {
        seed = listing.seed().await;
    }
    listing.close();
    let Some(seed) = seed else {
        return Ok(PartitionPlan::whole(region, listing.report().total_count_last, id_key));
    };
    let mut planner = Planner::new(seed, region, n);
    let pages = planner.wanted().into_iter().map(|(offset, limit)| page(client, base, offset, limit));
    for facts in try_join_all(pages).await? {
        planner.answer(&facts);
    }
    Ok(planner.finish(id_key))
}

async fn page(client: &Client, base: &ListingRequest, offset: u64, limit: u32) -> Result<Facts> {
    let request = ListRequest {
        agent_id: base.agent_id.clone(),
        extra_body: base.extra_body.clone(),
        limit: i64::from(limit),
        offset: i64::try_from(offset).unwrap_or(i64::MAX),
    };
    let response = client.list(&request, &base.call).await?;
    Ok(response.answer.facts(response.answered_at))
}

impl Part {
    /// The listing of this part: proven, or an error.
    #[must_use]
    pub fn request(&self, base: &ListingRequest) -> ListingRequest {
        let ProofOptions { consistency, region, seed, part, .. } = self.options();
        let resume = Some(Resume { proof: None, ids: Vec::new(), id_key: self.id_key });
        ListingRequest { consistency, region, seed, resume, part, ..base.clone() }
    }

    /// What the listing came to, once it is at its end.
    pub async fn evidence(&self, listing: &Listing) -> PartEvidence {
        PartEvidence {
            index: self.index,
            range: self.range.clone(),
            seed: listing.seed().await,
            report: listing.report(),
        }
    }

    /// The hashes of a page's ids, in its order: what settling has to be told, class by class.
    #[must_use]
    pub fn ids(&self, page: &Page) -> Vec<Option<u128>> {
        ids(page, self.id_key)
    }
}

impl PartitionPlan {
    /// The listing that yields what no part yielded; `None` where nothing can be left. `known`: the hashes of the
    /// ids that the parts yielded, all of them or those of one class.
    ///
    /// # Errors
    /// Where the evidence does not settle the plan.
    pub fn settling(
        &self,
        base: &ListingRequest,
        evidence: &[PartEvidence],
        known: Vec<u128>,
    ) -> Result<Option<ListingRequest>> {
        let settling =
            self.settle(evidence).map_err(|fault: SettleError| Error::Configuration(fault.to_string()))?;
        Ok(settling.head.map(|(region, seed)| ListingRequest {
            consistency: Consistency::Strict,
            region,
            seed: Some(seed),
            resume: Some(Resume { proof: None, ids: known, id_key: self.id_key }),
            ..base.clone()
        }))
    }

    /// The hashes of a page's ids under the plan's key.
    #[must_use]
    pub fn ids(&self, page: &Page) -> Vec<Option<u128>> {
        ids(page, self.id_key)
    }
}

fn ids(page: &Page, key: IdKey) -> Vec<Option<u128>> {
    let of_part = |part: &crate::core::listing::rechunk::Part| {
        let facts = part.response.answer.facts_keyed(key, part.response.answered_at);
        let id = |row: &u32| facts.rows.get(usize::try_from(*row).ok()?).and_then(|row| row.id);
        part.rows.iter().map(id).collect::<Vec<_>>()
    };
    page.parts.iter().flat_map(of_part).collect()
}
