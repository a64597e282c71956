//! What is done to one value: treatments put to work, and what the detectors find replaced.
//! It knows neither paths nor JSON.

mod coarse;
mod countries;
mod gather;
mod partial;
mod web_address;

pub(super) use coarse::day_of_number;
pub(super) use gather::Gatherer;

use super::detect::{self, Canon, ESCAPED_BLANK, Hit, Hits};
use super::kind::Kind;
use super::own::OwnValues;
use super::policy::Policy;
use super::policy::treatment::Treatment;
use super::pseudonym::Pseudonyms;
use super::tally::Tally;

/// Puts a policy to work on values.
pub(super) struct Applier<'m> {
    policy: &'m Policy,
    pseudonyms: &'m Pseudonyms,
    canon: Canon,
    hits: Hits,
    /// A second of its kind, for what lies within what was found: the first's own hits are in use then.
    inner: Option<Box<Self>>,
    pub(super) tally: Tally,
}

impl<'m> Applier<'m> {
    pub(super) fn new(policy: &'m Policy, pseudonyms: &'m Pseudonyms) -> Self {
        let (canon, hits, tally) = (Canon::default(), Hits::default(), Tally::default());
        Self { policy, pseudonyms, canon, hits, inner: None, tally }
    }

    /// Writes the text with what is found in it replaced; `false`, and nothing written, where nothing
    /// is. `parts`: parts of names count too.
    pub(super) fn scan(&mut self, text: &str, own: &mut OwnValues, parts: bool, out: &mut String) -> bool {
        let start = out.len();
        let mut canon = std::mem::take(&mut self.canon);
        let mut hits = std::mem::take(&mut self.hits);
        hits.clear();
        canon.read(text);
        let plain = canon.text(text);
        detect::find(plain, &self.policy.patterns, self.keeps_urls(), &mut hits);
        own.find(plain, !parts, &mut hits);
        hits.retain(|hit| !matches!(self.policy.found(hit.kind), Treatment::Keep | Treatment::Raw));
        let found = !hits.is_empty();
        if found {
            hits.settle();
            out.reserve(text.len());
            let mut at = 0;
            for hit in hits.as_slice() {
                let range = canon.source_range(&hit.range);
                out.push_str(text.get(at..range.start).unwrap_or_default());
                let value = plain.get(hit.range.clone()).unwrap_or_default();
                let mark = out.len();
                if !self.replace(hit, value, own, out) {
                    out.truncate(mark);
                    out.push_str(text.get(range.clone()).unwrap_or_default());
                }
                at = range.end;
            }
            out.push_str(text.get(at..).unwrap_or_default());
        }
        (self.canon, self.hits) = (canon, hits);
        let changed = found && out.get(start..) != Some(text);
        if !changed {
            out.truncate(start);
        }
        changed
    }

    /// Writes the text with what is found in it replaced, or as it is.
    pub(super) fn scan_plain(&mut self, text: &str, own: &mut OwnValues, out: &mut String) {
        if !self.scan(text, own, true, out) {
            out.push_str(text);
        }
    }

    fn keeps_urls(&self) -> bool {
        matches!(self.policy.found(Kind::Url), Treatment::Keep | Treatment::Raw)
    }

    /// Writes what stands in the place of what was found; `false` where that is what was found.
    fn replace(&mut self, hit: &Hit, value: &str, own: &mut OwnValues, out: &mut String) -> bool {
        let start = out.len();
        match self.policy.found(hit.kind) {
            Treatment::Drop => {}
            Treatment::Token(kind) => self.pseudonyms.write(kind.unwrap_or(hit.kind), value, out),
            Treatment::Partial if partial::write(hit.kind, value, out) => {}
            Treatment::Url => {
                let (policy, pseudonyms) = (self.policy, self.pseudonyms);
                let mut inner = self.inner.take().unwrap_or_else(|| Box::new(Self::new(policy, pseudonyms)));
                web_address::write(value, own, &mut inner, out);
                self.tally.take(&mut inner.tally);
                self.inner = Some(inner);
                if out.get(start..) == Some(value) {
                    return false;
                }
                if let Some(blank) = out.get(start..).filter(|url| url.contains(ESCAPED_BLANK)) {
                    let url = blank.replace(ESCAPED_BLANK, "%20");
                    out.truncate(start);
                    out.push_str(&url);
                }
            }
            _ => self.placeholder(hit.kind, out),
        }
        self.tally.found(hit.kind);
        true
    }

    /// `[kind]`
    pub(super) fn placeholder(&self, kind: Kind, out: &mut String) {
        out.push('[');
        out.push_str(self.policy.name_of(kind));
        out.push(']');
    }

    pub(super) fn token(&self, kind: Kind, value: &str, out: &mut String) {
        self.pseudonyms.write(kind, value, out);
    }

    pub(super) fn partial(&self, kind: Kind, value: &str, out: &mut String) {
        if !partial::write(kind, value, out) {
            self.placeholder(kind, out);
        }
    }

    /// `field`: its name in lower case.
    pub(super) fn coarse(&self, field: &str, own: Kind, value: &str, out: &mut String) {
        if !coarse::write(field, value, out) {
            self.placeholder(coarse::kind(field, own), out);
        }
    }

    pub(super) fn url(&mut self, value: &str, own: &mut OwnValues, out: &mut String) {
        web_address::write(value, own, self, out);
    }

    /// Writes what stands in the place of a value that is of a detector's kind as a whole.
    pub(super) fn found_whole(&mut self, kind: Kind, value: &str, out: &mut String) {
        let hit = Hit { range: 0..value.len(), kind };
        self.replace(&hit, value, &mut OwnValues::default(), out);
    }
}
