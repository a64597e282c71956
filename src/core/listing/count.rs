//! How many sessions there are: by what the service says where that can be believed, else by a listing that
//! makes nothing of what it reads.

use super::request::PageRequest;
use super::{Consistency, ListingRequest};
use crate::core::client::Client;
use crate::core::client::request::{ListRequest, MAX_LIMIT};
use crate::core::error::Result;
use crate::core::filter::ChoiceRequest;
use crate::core::listing::rechunk::Page;
use crate::core::model::report::ListingReport;

/// A number of sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    pub count: u64,
    /// What the caller is to be warned of.
    pub doubt: Option<String>,
    /// What the caller is to be told of the names in what was asked for.
    pub remarks: Vec<String>,
}

/// Counts the sessions that a listing would yield. `progress` hears how many were read so far, where one by one is
/// counted.
///
/// # Errors
/// Everything that is wrong with the request, at once; whatever a request fails with, and that the listing is
/// known to be incomplete.
pub async fn count(
    request: ListingRequest,
    client: Client,
    mut progress: impl FnMut(u64, ListingReport) + Send,
) -> Result<Count> {
    let request = request.begun();
    if let Some(count) = told(&request, &client).await? {
        return Ok(Count { count, doubt: None, remarks: Vec::new() });
    }
    let request = ListingRequest { tell_progress: true, ..request };
    let listing = request.start(client, true)?;
    while let Some(page) = listing.next_page().await? {
        progress(page.read, listing.report());
    }
    let (doubt, remarks) = (listing.take_doubt(), listing.take_remarks());
    Ok(Count { count: listing.report().yielded, doubt, remarks })
}

/// The count of one answer, where nothing is chosen and nothing is to be proven, and the service's word will do.
async fn told(request: &ListingRequest, client: &Client) -> Result<Option<u64>> {
    if request.resolved.is_some()
        || request.choice != ChoiceRequest::default()
        || request.consistency == Consistency::Strict
    {
        return Ok(None);
    }
    let page = PageRequest {
        request: ListRequest {
            agent_id: request.agent_id.clone(),
            extra_body: request.extra_body.clone(),
            ..ListRequest::default()
        },
        choice: ChoiceRequest::default(),
        call: request.call.clone(),
    };
    Ok(believed(&page.fetch(client.clone()).await?))
}

/// The total of a first page, unless it may be the page's own count: of a full page, or below what it holds.
fn believed(page: &Page) -> Option<u64> {
    let rows = page.len() as u64;
    let full = i64::try_from(rows).is_ok_and(|rows| rows >= MAX_LIMIT);
    page.total_count.filter(|total| *total >= rows && !(full && *total == rows))
}
