//! Exports from the emulator over a real socket to real files.

mod crash_states;
mod disks;
mod formats;
mod kills;
mod names;
mod recorder;
mod strace;
mod victim;

use std::path::Path;

use blocks_sessions::core::client::Client;
use blocks_sessions::core::config::Settings;
use blocks_sessions::core::error::Result;
use blocks_sessions::core::export::{Export, ExportReport, ExportRequest, Step};
use blocks_sessions::core::listing::ListingRequest;
use blocks_sessions::emulator::{Emulator, EmulatorOptions, Sessions};

pub fn holding(count: u64) -> EmulatorOptions {
    EmulatorOptions { agents: vec![("agent_123".into(), Sessions::Count(count))], ..Default::default() }
}

pub fn given(sessions: &[&str]) -> EmulatorOptions {
    let sessions = sessions.iter().map(|text| (*text).to_owned()).collect();
    EmulatorOptions { agents: vec![("agent_123".into(), Sessions::Given(sessions))], ..Default::default() }
}

pub fn start(options: EmulatorOptions) -> Emulator {
    Emulator::start(options).unwrap()
}

pub fn client(url: &str) -> Client {
    let settings = Settings {
        project_key: Some("demo-key".into()),
        agent_id: Some("agent_123".into()),
        base_url: Some(url.to_owned()),
        ..Settings::default()
    };
    Client::new(settings.resolve(&|_| None).unwrap()).unwrap()
}

pub fn to(path: &Path) -> ExportRequest {
    ExportRequest::new(path.to_owned(), ListingRequest::default())
}

/// Takes steps until the end.
pub async fn run(export: &Export) -> Result<ExportReport> {
    loop {
        if let Step::Done { report, .. } = export.step().await? {
            return Ok(*report);
        }
    }
}

pub async fn export(server: &Emulator, request: ExportRequest) -> Result<ExportReport> {
    run(&Export::new(client(&server.url()), request)?).await
}
