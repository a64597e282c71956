//! The listing as an export reads it: pages, and what is to be kept with their rows so that another run can
//! go on. It knows no file.

use std::sync::Arc;
use std::time::Duration;

use crate::core::client::Client;
use crate::core::error::Result;
use crate::core::listing::rechunk::Page;
use crate::core::listing::{Listing, ListingRequest, Resume, SavedProof};
use crate::core::model::report::ListingReport;

/// What is to be made safe with the rows handed out so far.
#[derive(Debug, Default)]
pub struct Checkpoint {
    pub proof: Option<SavedProof>,
    /// Hashes of the ids read since the last checkpoint, those of filtered sessions among them.
    pub ids: Vec<u128>,
}

/// A listing that is read into a file.
pub struct Source {
    listing: Arc<Listing>,
}

impl Source {
    /// `known`: what is to be gone on from, of an export that can be resumed.
    pub fn open(client: Client, request: ListingRequest, known: Option<Resume>) -> Result<Self> {
        let keep_proof = known.is_some();
        let request = ListingRequest { resume: known, keep_proof, tell_progress: true, ..request };
        Ok(Self { listing: request.start(client, true)? })
    }

    /// The next rows, `None` at the end of the list. `Ok(Err(()))`: none came in this time.
    pub async fn next_page(&self, within: Duration) -> Result<Next> {
        match tokio::time::timeout(within, self.listing.next_page()).await {
            Ok(page) => Ok(page?.map_or(Next::End, Next::Page)),
            Err(_) => Ok(Next::Nothing),
        }
    }

    /// What is known, and was not told before, of the rows handed out so far.
    pub async fn checkpoint(&self) -> Checkpoint {
        let checkpoint = self.listing.checkpoint().await;
        checkpoint.map_or_else(Checkpoint::default, |checkpoint| Checkpoint {
            proof: Some(checkpoint.proof),
            ids: checkpoint.ids,
        })
    }

    pub fn report(&self) -> ListingReport {
        self.listing.report()
    }

    /// What the caller is to be warned of at the end, once.
    pub fn take_doubt(&self) -> Option<String> {
        self.listing.take_doubt()
    }

    /// What the caller is to be told at the end of the names in what was asked for, once.
    pub fn take_remarks(&self) -> Vec<String> {
        self.listing.take_remarks()
    }

    pub fn close(&self) {
        self.listing.close();
    }
}

/// What came of waiting for a page.
pub enum Next {
    Page(Page),
    End,
    /// No page came in time.
    Nothing,
}
