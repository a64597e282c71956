//! Mirrors of the emulator's list, over a real socket in real files.

mod figures;
mod format;
mod simulation;
mod world;

use std::path::Path;
use std::time::{Duration, Instant};

use blocks_sessions::core::client::Client;
use blocks_sessions::core::error::{Error, Result, StorageKind};
use blocks_sessions::core::listing::ListingRequest;
use blocks_sessions::core::mirror::sync::{Step, Sync};
use blocks_sessions::core::mirror::{SyncOptions, SyncReport};
use serde_json::Value;

pub const AGENT: &str = "agent_123";

/// Opens a mirror, once whoever wrote it before has let go of it.
pub fn open(client: &Client, path: &Path, options: SyncOptions) -> Result<Sync> {
    let patience = Instant::now() + Duration::from_secs(20);
    loop {
        match Sync::open(client.clone(), path, ListingRequest::default(), options) {
            Err(Error::Storage(error)) if error.kind == StorageKind::Locked && Instant::now() < patience => {
                std::thread::sleep(Duration::from_millis(2));
            }
            opened => return opened,
        }
    }
}

/// Takes steps until the end.
pub async fn run(mut sync: Sync) -> Result<SyncReport> {
    loop {
        if let Step::Done(report) = sync.step().await? {
            return Ok(*report);
        }
    }
}

pub async fn sync(client: &Client, path: &Path, options: SyncOptions) -> Result<SyncReport> {
    run(open(client, path, options)?).await
}

pub fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}
