//! An export as the caller asks for it, checked: where it goes, in which form, and what makes another call
//! the same export.

use std::path::{Path, PathBuf};

use super::files::{Opening, STDOUT, Target};
use super::fingerprint::Fingerprint;
use super::format::{Encoding, EncodingRequest, Format};
use super::rules::Rules;
use super::sinks::Sinks;
use crate::core::arrow::schema_of;
use crate::core::client::Client;
use crate::core::client::request::refuse;
use crate::core::error::{Error, Result};
use crate::core::filter::Choice;
use crate::core::listing::{Consistency, ListingRequest};
use crate::core::model::time::now;

/// The argument that may hold personal values.
const CONDITION: &str = "where";

/// An export as the caller asks for it.
#[derive(Debug, Clone)]
pub struct ExportRequest {
    /// `-` is standard output.
    pub path: PathBuf,
    pub listing: ListingRequest,
    pub encoding: EncodingRequest,
    /// `None`: go on if there is something to go on from.
    pub resume: Option<bool>,
    pub overwrite: bool,
    pub spreadsheet_safe: bool,
    pub rules: Rules,
}

/// Where rows go.
#[derive(Debug)]
pub enum Destination {
    Files(Box<Opening>),
    /// Standard output, a pipe or a device: nothing there can be renamed or resumed.
    Stream {
        path: PathBuf,
        sinks: Sinks,
        choice: Choice,
    },
}

impl ExportRequest {
    #[must_use]
    pub fn new(path: PathBuf, listing: ListingRequest) -> Self {
        Self {
            path,
            listing,
            encoding: EncodingRequest::default(),
            resume: None,
            overwrite: false,
            spreadsheet_safe: false,
            rules: Rules::default(),
        }
    }

    /// Checks everything that needs no request, and changes nothing.
    ///
    /// # Errors
    /// A format or compression that cannot be, or arguments that contradict each other.
    pub fn destination(&self, client: &Client) -> Result<Destination> {
        let is_stdout = self.path == Path::new(STDOUT);
        let encoding = self.encoding.resolve((!is_stdout).then_some(self.path.as_path()))?;
        if self.spreadsheet_safe && encoding.format != Format::Csv {
            let format = encoding.format.name();
            return Err(Error::Configuration(format!("spreadsheet_safe is for CSV, and this is {format}")));
        }
        let choice = Choice::read(&self.listing.choice, now())
            .or_else(|faults| refuse(faults).map(|()| Choice::default()))?;
        let schema = schema_of(choice.projection.as_deref());
        let sinks = Sinks { encoding, schema, spreadsheet_safe: self.spreadsheet_safe };
        if let Some(mask) = &client.config().mask {
            mask.check_lasting().map_err(Error::Configuration)?;
        }
        if is_stdout || is_device(&self.path) {
            return self.stream(sinks, choice);
        }
        Ok(Destination::Files(Box::new(Opening {
            target: Target::new(&self.path)?,
            fingerprint: self.fingerprint(client, encoding, &choice),
            choice,
            sinks,
            resume: self.resume,
            overwrite: self.overwrite,
            resumable: self.listing.consistency != Consistency::Fast,
            rules: self.rules,
            now: now(),
        })))
    }

    fn stream(&self, sinks: Sinks, choice: Choice) -> Result<Destination> {
        if self.resume == Some(true) {
            let message = format!("there is nothing to resume on {}", self.path.display());
            return Err(Error::Configuration(message));
        }
        if sinks.encoding.format == Format::Parquet {
            let message = format!("Parquet cannot be written to {}: it is no file", self.path.display());
            return Err(Error::Configuration(message));
        }
        Ok(Destination::Stream { path: self.path.clone(), sinks, choice })
    }

    fn fingerprint(&self, client: &Client, encoding: Encoding, choice: &Choice) -> Fingerprint {
        let (config, listing) = (client.config(), &self.listing);
        let mut fingerprint = Fingerprint::default();
        let agent = listing.agent_id.clone().or_else(|| config.agent_id.clone());
        fingerprint.plain("service", Some(config.base_url.as_str().trim_end_matches('/').to_owned()));
        fingerprint.plain("agent_id", agent);
        fingerprint.hashed("project_key", Some(config.project_key.expose()));
        fingerprint.plain("format", Some(encoding.format.name().to_owned()));
        fingerprint.plain("compression", Some(encoding.compression.name().to_owned()));
        fingerprint.plain("consistency", Some(listing.consistency.name().to_owned()));
        fingerprint.plain("offset", (listing.offset != 0).then(|| listing.offset.to_string()));
        fingerprint.plain("max_items", listing.max_items.map(|items| items.to_string()));
        let mask = config.mask.as_deref();
        fingerprint.plain("mask", mask.map(crate::core::mask::Mask::fingerprint));
        for (name, given) in choice.given() {
            match mask {
                // A condition may hold the very values that the mask takes out.
                Some(_) if name == CONDITION => fingerprint.hashed(name, given.as_deref()),
                _ => fingerprint.plain(name, given),
            }
        }
        let extra = (!listing.extra_body.is_empty()).then(|| serde_json::to_string(&listing.extra_body));
        fingerprint.hashed("extra_body", extra.and_then(std::result::Result::ok).as_deref());
        let safe = (encoding.format == Format::Csv).then(|| self.spreadsheet_safe.to_string());
        fingerprint.plain("spreadsheet_safe", safe);
        fingerprint
    }
}

/// Whether a path is there, and is neither a file nor a folder.
fn is_device(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
}
