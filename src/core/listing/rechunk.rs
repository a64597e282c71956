//! The pages that a listing hands out: rows of answers, cut anew where the caller wants another size.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::row_filter::{RowFilter, Taken};
use crate::core::client::response::Response;
use crate::core::filter::{Choice, Projection};
use crate::core::json::Value;
use crate::core::model::counted::sessions;
use crate::core::model::page_body::{PageBody, PageBodyError};

/// Rows of one answer.
#[derive(Clone)]
pub struct AnswerRows {
    pub response: Arc<Response>,
    pub rows: Vec<u32>,
    /// The place of each among all rows that were read, those that a condition did not take as well.
    pub places: Vec<u64>,
}

impl AnswerRows {
    /// The rows from this one on, as a part of their own; those before it stay.
    fn split_off(&mut self, at: usize) -> Self {
        let (rows, places) = (self.rows.split_off(at), self.places.split_off(at.min(self.places.len())));
        Self { response: self.response.clone(), rows, places }
    }
}

/// A page of sessions; immutable and cheap to clone.
#[derive(Clone)]
pub struct Page {
    pub parts: Vec<AnswerRows>,
    pub total_count: Option<u64>,
    pub limit: u32,
    pub offset: u64,
    pub request_id: Option<String>,
    pub elapsed: Duration,
    pub attempts: u32,
    /// The fields that are kept of each session; `None` for all.
    pub projection: Option<Arc<Projection>>,
    /// How many rows of the service's list the page stands for; `None` where a condition let some out of it
    /// that belong to no page.
    pub served: Option<u64>,
    /// How many rows of the listing were read up to the page's end.
    pub read: u64,
}

impl Page {
    /// The page that one answer is, whole.
    #[must_use]
    pub fn whole(response: Arc<Response>, limit: u32, offset: u64) -> Self {
        Self::chosen(response, &None, limit, offset, &Choice::default())
    }

    /// What is kept of the page that one answer is; `taken`: which rows the condition takes.
    #[must_use]
    pub fn chosen(response: Arc<Response>, taken: &Taken, limit: u32, offset: u64, choice: &Choice) -> Self {
        let served = response.answer.len() as u64;
        let rows = (0..u32::try_from(served).unwrap_or(u32::MAX)).collect();
        let (rows, places) = RowFilter::new(choice, None).pick(taken, &None, rows);
        let page = Self::cut(vec![AnswerRows { response, rows, places }], limit, offset);
        // A total below what the answer itself shows is none. (A server that counts pages has a smaller offset.)
        let shown = offset.saturating_add(served);
        let total_count = page.total_count.filter(|total| served == 0 || *total >= shown);
        Self { served: Some(served), projection: choice.projection.clone(), total_count, ..page }
    }

    /// A page of these parts; what it says of its request is said of the latest answer in it.
    #[must_use]
    pub fn cut(parts: Vec<AnswerRows>, limit: u32, offset: u64) -> Self {
        let latest = parts.iter().map(|part| &part.response).max_by_key(|response| response.answered_at);
        let read = parts.last().and_then(|part| part.places.last()).map_or(0, |place| place + 1);
        Self {
            projection: None,
            served: Some(parts.iter().map(|part| part.rows.len() as u64).sum()),
            read,
            total_count: latest.and_then(|response| response.answer.total_count()),
            request_id: latest.and_then(|response| response.request_id.clone()),
            elapsed: latest.map_or(Duration::ZERO, |response| response.elapsed),
            attempts: latest.map_or(0, |response| response.attempts),
            limit,
            offset,
            parts,
        }
    }

    /// The place of the first row among all that were read.
    #[must_use]
    pub fn first_place(&self) -> Option<u64> {
        self.parts.iter().find_map(|part| part.places.first().copied())
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.parts.iter().map(|part| part.rows.len()).sum()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.iter().all(|part| part.rows.is_empty())
    }

    /// The length of the sessions' texts.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.sessions().map(|session| session.raw().len()).sum()
    }

    /// The sessions, in order.
    pub fn sessions(&self) -> impl Iterator<Item = Value<'_>> {
        self.parts
            .iter()
            .flat_map(|part| part.rows.iter().filter_map(|row| part.response.answer.session(*row as usize)))
    }

    /// The last sessions of the page, as a page of their own.
    #[must_use]
    pub fn tail(&self, count: usize) -> Self {
        let skipped = self.len().saturating_sub(count);
        let mut left = skipped;
        let cut = |part: &AnswerRows| {
            let here = left.min(part.rows.len());
            left -= here;
            part.clone().split_off(here)
        };
        let parts = self.parts.iter().map(cut).collect();
        let served = self.served.map(|served| served.saturating_sub(skipped as u64));
        Self { parts, offset: self.offset + skipped as u64, served, ..self.clone() }
    }

    /// From 1 on, in pages of this one's limit.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.offset / u64::from(self.limit.max(1)) + 1
    }

    /// How many pages of this one's limit the whole list has.
    #[must_use]
    pub fn count(&self) -> Option<u64> {
        self.total_count.map(|total| total.div_ceil(u64::from(self.limit.max(1))))
    }

    /// Whether the list goes on behind this page, as far as the service tells.
    #[must_use]
    pub fn has_next(&self) -> bool {
        match (self.served, self.total_count) {
            (None, _) => self.len() >= self.limit as usize,
            (Some(served), None) => served >= u64::from(self.limit) && served > 0,
            (Some(served), Some(total)) => served > 0 && self.offset + served < total,
        }
    }

    /// The offset of the next page, if there is one: in rows of the service's list, where the page is of one.
    #[must_use]
    pub fn next_offset(&self) -> Option<u64> {
        self.has_next().then(|| self.offset + self.served.unwrap_or(self.len() as u64))
    }

    /// One line about the page: `page 1 of 5 · 247 sessions`, `no sessions` of an empty list, or that
    /// it lies behind the list's end.
    #[must_use]
    pub fn summary(&self) -> String {
        if self.total_count == Some(0) && self.is_empty() {
            return "no sessions".to_owned();
        }
        let of = self.count().map(|count| format!(" of {count}")).unwrap_or_default();
        let total = self.total_count.map_or_else(|| format!("{} sessions here", self.len()), sessions);
        let behind = self.offset > 0 && self.total_count.is_some_and(|total| total <= self.offset);
        if behind && self.is_empty() {
            return format!("behind the last page · {total}");
        }
        match self.served {
            None => format!("page {} · {} kept", self.number(), self.len()),
            Some(served) if served != self.len() as u64 => {
                format!("page {}{of} · {} of {served} kept · {total}", self.number(), self.len())
            }
            Some(_) => format!("page {}{of} · {total}", self.number()),
        }
    }

    /// Makes a page of what [`Page::to_json`] gave.
    ///
    /// # Errors
    /// When it is no such text.
    pub fn from_json(body: String, limit: u32, offset: u64) -> Result<Self, PageBodyError> {
        let answer = Arc::new(PageBody::parse(Bytes::from(body))?);
        let response = Response {
            answer,
            request_id: None,
            elapsed: Duration::ZERO,
            attempts: 0,
            answered_at: 0,
            dated: false,
            mask: None,
        };
        Ok(Self::whole(Arc::new(response), limit, offset))
    }

    /// The page as one answer of the service would have it.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut text = String::from("{\"sessions\":[");
        for (index, session) in self.sessions().enumerate() {
            if index > 0 {
                text.push(',');
            }
            match &self.projection {
                Some(projection) => projection.write(session, &mut text),
                None => text.push_str(session.raw()),
            }
        }
        let total = self.total_count.map_or_else(|| "null".to_owned(), |total| total.to_string());
        text.push_str("],\"total_count\":");
        text.push_str(&total);
        text.push('}');
        text
    }
}

/// Gathers rows into pages of one size.
pub struct Rechunker {
    size: u32,
    offset: u64,
    parts: Vec<AnswerRows>,
    gathered: usize,
    projection: Option<Arc<Projection>>,
    /// A condition lets rows out.
    filtered: bool,
}

impl Rechunker {
    #[must_use]
    pub fn new(size: u32, offset: u64, choice: &Choice) -> Self {
        let (projection, filtered) = (choice.projection.clone(), choice.condition.is_some());
        Self { size, offset, parts: Vec::new(), gathered: 0, projection, filtered }
    }

    /// Takes rows; what does not fill a page stays.
    pub fn push(&mut self, part: AnswerRows) {
        self.gathered += part.rows.len();
        self.parts.push(part);
    }

    /// A page without sessions, which tells only how far the reading is.
    pub fn progress(&self, read: u64) -> Page {
        Page { read, served: None, ..Page::cut(Vec::new(), self.size, self.offset) }
    }

    /// The first row that has not gone out: its place among all rows of the plan.
    pub fn first_place(&self) -> Option<u64> {
        self.parts.iter().find_map(|part| part.places.first().copied())
    }

    /// How many pages are ready: full ones, or rows of so many answers each.
    pub fn pages(&self, answers: usize) -> usize {
        (self.gathered / self.size.max(1) as usize).max(self.parts.len() / answers.max(1))
    }

    /// How many rows wait to be handed out.
    pub fn gathered(&self) -> usize {
        self.gathered
    }

    /// A full page, if there is one.
    pub fn full(&mut self) -> Option<Page> {
        (self.gathered >= self.size as usize).then(|| self.take(self.size as usize))
    }

    /// What is left, if anything: the last page of a listing, or whatever has come so far.
    pub fn rest(&mut self) -> Option<Page> {
        (self.gathered > 0).then(|| self.take(self.gathered.min(self.size as usize)))
    }

    fn take(&mut self, count: usize) -> Page {
        let mut missing = count;
        let mut taken = Vec::new();
        while missing > 0 && !self.parts.is_empty() {
            let mut part = self.parts.remove(0);
            if part.rows.len() > missing {
                let rest = part.split_off(missing);
                self.parts.insert(0, rest);
            }
            missing -= part.rows.len();
            taken.push(part);
        }
        self.gathered -= count;
        let page = Page::cut(taken, self.size, self.offset);
        self.offset += count as u64;
        let served = page.served.filter(|_| !self.filtered);
        Page { projection: self.projection.clone(), served, ..page }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_total_that_contradicts_its_page_is_unknown() {
        let page = |rows: usize, total: u64, offset| {
            let sessions = vec!["{}"; rows].join(",");
            let json = format!(r#"{{"sessions":[{sessions}],"total_count":{total}}}"#);
            Page::from_json(json, 50, offset).unwrap()
        };
        for (rows, total, offset) in [(50, 0, 0), (50, 49, 0), (50, 50, 50), (50, 149, 100)] {
            let page = page(rows, total, offset);
            assert_eq!((page.total_count, page.has_next(), page.count()), (None, true, None));
        }
        assert!(!page(50, 50, 0).has_next());
        assert_eq!(page(0, 0, 0).total_count, Some(0));
        assert_eq!(page(0, 10, 50).summary(), "behind the last page · 10 sessions");
        assert!(!page(49, 0, 0).has_next());
    }

    #[test]
    fn an_empty_list_has_no_page_to_number() {
        let summary = |json: &str| Page::from_json(json.to_owned(), 50, 0).unwrap().summary();
        assert_eq!(summary(r#"{"sessions":[],"total_count":0}"#), "no sessions");
        assert_eq!(summary(r#"{"sessions":[{}],"total_count":1}"#), "page 1 of 1 · 1 session");
    }
}
