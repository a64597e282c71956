//! A listing's report as users see it: in Python's `to_dict()`, and as JSON beside what was exported. What a saved
//! proof keeps of a report is the report itself; this is read by people and programs, and has names and texts.

use serde::Serialize;

use super::mask_report::MaskReport;
use super::report::{Certificate, ListingReport};
use super::time::timestamp_text;

/// The public fields of a [`ListingReport`], JSON-ready.
#[derive(Debug, Clone, Serialize)]
pub struct ReportJson<'a> {
    complete: bool,
    cut_short: bool,
    closed: bool,
    certificate: Option<&'static str>,
    order: Option<&'a str>,
    region: Option<&'a str>,
    addressing: &'static str,
    effective_limit: u32,
    yielded: u64,
    matched: u64,
    filtered: u64,
    repeated: u64,
    inserted: u64,
    updated: u64,
    vanished_at_least: u64,
    requests: u64,
    retries: u64,
    total_count_first: Option<u64>,
    total_count_last: Option<u64>,
    /// ISO 8601, in UTC.
    started_at: Option<String>,
    proven_at: Option<String>,
    /// Seconds.
    duration: Option<f64>,
    skew: Option<f64>,
    warnings: &'a [String],
    mask: Option<&'a MaskReport>,
}

impl<'a> From<&'a ListingReport> for ReportJson<'a> {
    fn from(report: &'a ListingReport) -> Self {
        Self {
            complete: report.complete,
            cut_short: report.cut_short,
            closed: report.closed,
            certificate: report.certificate.map(Certificate::name),
            order: report.order.as_deref(),
            region: report.region.as_deref(),
            addressing: report.addressing.name(),
            effective_limit: report.effective_limit,
            yielded: report.yielded,
            matched: report.matched,
            filtered: report.filtered,
            repeated: report.repeated,
            inserted: report.inserted,
            updated: report.updated,
            vanished_at_least: report.vanished_at_least,
            requests: report.requests,
            retries: report.retries,
            total_count_first: report.total_count_first,
            total_count_last: report.total_count_last,
            started_at: report.started_at.map(timestamp_text),
            proven_at: report.proven_at.map(timestamp_text),
            duration: report.duration.map(seconds),
            skew: report.skew.map(seconds),
            warnings: &report.warnings,
            mask: report.mask.as_ref(),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "microseconds of some centuries fit")]
fn seconds(micros: i64) -> f64 {
    micros as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::super::report::Addressing;
    use super::*;

    #[test]
    fn a_report_is_json_ready() {
        let report = ListingReport {
            complete: true,
            certificate: Some(Certificate::KeyCover),
            addressing: Addressing::Floored,
            started_at: Some(1_767_225_600_000_000),
            ..ListingReport::default()
        };
        let json = serde_json::to_value(ReportJson::from(&report)).unwrap();
        assert_eq!(json["certificate"], "key_cover");
        assert_eq!(json["addressing"], "sessions");
        assert_eq!(json["started_at"], "2026-01-01T00:00:00.000000Z");
        assert_eq!(json["proven_at"], serde_json::Value::Null);
    }
}
