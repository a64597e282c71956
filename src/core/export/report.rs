//! What is known of an export: all that is known of its listing, and of the file.

use std::path::PathBuf;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::core::model::report::ListingReport;
use crate::core::model::report_json::ReportJson;

/// Of an export that has ended. It serializes to what lies beside the file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExportReport {
    #[serde(serialize_with = "shown")]
    pub path: PathBuf,
    pub bytes: u64,
    /// Of the whole file, hexadecimal; `None` of a stream.
    pub sha256: Option<String>,
    #[serde(flatten)]
    pub summary: Summary,
}

/// What the file itself can say of its export.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Sessions in the file, those of earlier runs among them.
    pub rows: u64,
    /// How many earlier runs it went on from.
    pub resumed: u32,
    /// The listing's own report, as users read it.
    #[serde(flatten)]
    pub listing: Map<String, Value>,
}

impl Summary {
    #[must_use]
    pub fn new(rows: u64, resumed: u32, listing: &ListingReport) -> Self {
        let listing = match serde_json::to_value(ReportJson::from(listing)) {
            Ok(Value::Object(fields)) => fields,
            _ => Map::new(),
        };
        Self { rows, resumed, listing }
    }

    /// Whether the file is proven to hold all that there was.
    #[must_use]
    pub fn complete(&self) -> bool {
        self.listing.get("complete").and_then(Value::as_bool).unwrap_or(false)
    }
}

fn shown<S: Serializer>(path: &std::path::Path, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&path.to_string_lossy())
}
