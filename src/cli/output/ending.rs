//! The one line with which a listing ends: how many, and what is proven; and times as they are shown.

use jiff::Timestamp;

use crate::cli::frame::Frame;
use crate::cli::frame::exit::Exit;
use crate::core::listing::Consistency;
use crate::core::model::counted::{grouped, sessions};
use crate::core::model::report::ListingReport;
use crate::core::model::time::parse_timestamp;

/// Says how a listing ended, and gives the exit code for it.
pub fn tell_end(report: &ListingReport, frame: &Frame, consistency: Consistency) -> Exit {
    let found = found(report);
    if report.cut_short {
        frame.talk.say(&format!("{found} (-n cuts the list)"));
        return Exit::Done;
    }
    if report.complete {
        frame.talk.say(&format!("{found}, proven whole{}", moment(report.proven_at)));
        return Exit::Done;
    }
    if consistency == Consistency::Fast {
        frame.talk.say(&format!("{found}, not proven (fast)"));
        return Exit::Done;
    }
    frame.talk.say(&format!("{found}, not proven to be all"));
    report.warnings.iter().for_each(|warning| frame.talk.warn(warning));
    Exit::Unproven
}

/// Warns of names in what was asked for that no session has.
pub fn remark(remarks: &[String], frame: &Frame) {
    for remark in remarks {
        frame.talk.warn(&format!("--{remark}"));
    }
}

/// `247 sessions`; `5 of 247 sessions` where it is known how many there are, or were looked at to the end.
fn found(report: &ListingReport) -> String {
    let looked_at = report.matched + report.filtered;
    match (report.cut_short, report.filtered, report.total_count_last) {
        (false, 0, _) | (true, 0, None) => sessions(report.yielded),
        (true, 0, Some(total)) => format!("{} of {}", grouped(report.yielded), sessions(total)),
        (false, ..) => format!("{} of {}", grouped(report.yielded), sessions(looked_at)),
        (true, ..) => format!("{}, of {} looked at", sessions(report.yielded), grouped(looked_at)),
    }
}

/// ` at 10:02:11 UTC`, of microseconds since 1970.
pub fn moment(micros: Option<i64>) -> String {
    let when = micros.and_then(|micros| Timestamp::from_microsecond(micros).ok());
    when.map(|when| when.strftime(" at %H:%M:%S UTC").to_string()).unwrap_or_default()
}

/// A time in UTC, to the minute; what is none stays as it was sent.
pub fn minute(text: &str) -> String {
    let time = parse_timestamp(text).and_then(|time| Timestamp::from_microsecond(time.micros).ok());
    time.map_or_else(|| text.to_owned(), |time| time.strftime("%Y-%m-%d %H:%M").to_string())
}
