//! The pages that a listing hands out: rows of answers, cut anew where the caller wants another size.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::core::client::response::Response;
use crate::core::json::Value;
use crate::core::model::page_body::{PageBody, PageBodyError};

/// Rows of one answer.
#[derive(Clone)]
pub struct Part {
    pub response: Arc<Response>,
    pub rows: Vec<u32>,
}

/// A page of sessions; immutable and cheap to clone.
#[derive(Clone)]
pub struct Page {
    pub parts: Vec<Part>,
    pub total_count: Option<u64>,
    pub limit: u32,
    pub offset: u64,
    pub request_id: Option<String>,
    pub elapsed: Duration,
    pub attempts: u32,
}

impl Page {
    /// The page that one answer is, whole.
    #[must_use]
    pub fn whole(response: Arc<Response>, limit: u32, offset: u64) -> Self {
        let rows = (0..u32::try_from(response.answer.len()).unwrap_or(u32::MAX)).collect();
        Self::cut(vec![Part { response, rows }], limit, offset)
    }

    /// A page of these parts; what it says of its request is said of the latest answer in it.
    #[must_use]
    pub fn cut(parts: Vec<Part>, limit: u32, offset: u64) -> Self {
        let latest = parts.iter().map(|part| &part.response).max_by_key(|response| response.answered_at);
        Self {
            total_count: latest.and_then(|response| response.answer.total_count()),
            request_id: latest.and_then(|response| response.request_id.clone()),
            elapsed: latest.map_or(Duration::ZERO, |response| response.elapsed),
            attempts: latest.map_or(0, |response| response.attempts),
            limit,
            offset,
            parts,
        }
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.parts.iter().map(|part| part.rows.len()).sum()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.iter().all(|part| part.rows.is_empty())
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
        let cut = |part: &Part| {
            let here = left.min(part.rows.len());
            left -= here;
            Part { response: part.response.clone(), rows: part.rows.iter().skip(here).copied().collect() }
        };
        let parts = self.parts.iter().map(cut).collect();
        Self { parts, offset: self.offset + skipped as u64, ..self.clone() }
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
        let end = self.offset + self.len() as u64;
        !self.is_empty() && self.total_count.map_or(self.len() >= self.limit as usize, |total| end < total)
    }

    /// One line about the page: `page 1 of 5 · 247 sessions`, `no sessions` of an empty list, or that
    /// it lies behind the list's end.
    #[must_use]
    pub fn summary(&self) -> String {
        if self.total_count == Some(0) && self.is_empty() {
            return "no sessions".to_owned();
        }
        let of = self.count().map(|count| format!(" of {count}")).unwrap_or_default();
        let total = self.total_count.map_or_else(
            || format!("{} sessions here", self.len()),
            |total| format!("{} session{}", grouped(total), if total == 1 { "" } else { "s" }),
        );
        let behind = self.offset > 0 && self.total_count.is_some_and(|total| total <= self.offset);
        if behind && self.is_empty() {
            return format!("behind the last page · {total}");
        }
        format!("page {}{of} · {total}", self.number())
    }

    /// Makes a page of what [`Page::to_json`] gave.
    ///
    /// # Errors
    /// When it is no such text.
    pub fn from_json(body: String, limit: u32, offset: u64) -> Result<Self, PageBodyError> {
        let answer = Arc::new(PageBody::parse(Bytes::from(body))?);
        let response =
            Response { answer, request_id: None, elapsed: Duration::ZERO, attempts: 0, answered_at: 0 };
        Ok(Self::whole(Arc::new(response), limit, offset))
    }

    /// The page as one answer of the service would have it.
    #[must_use]
    pub fn to_json(&self) -> String {
        let sessions: Vec<&str> = self.sessions().map(Value::raw).collect();
        let total = self.total_count.map_or_else(|| "null".to_owned(), |total| total.to_string());
        format!("{{\"sessions\":[{}],\"total_count\":{total}}}", sessions.join(","))
    }
}

/// A number with its thousands apart: `10,000`.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Gathers rows into pages of one size.
pub struct Rechunker {
    size: u32,
    offset: u64,
    parts: Vec<Part>,
    gathered: usize,
}

impl Rechunker {
    #[must_use]
    pub fn new(size: u32, offset: u64) -> Self {
        Self { size, offset, parts: Vec::new(), gathered: 0 }
    }

    /// Takes rows; what does not fill a page stays.
    pub fn push(&mut self, part: Part) {
        self.gathered += part.rows.len();
        self.parts.push(part);
    }

    /// How many pages are ready: full ones, or all that came where rows are handed out as they come.
    pub fn pages(&self, eager: bool) -> usize {
        if eager { self.parts.len() } else { self.gathered / self.size.max(1) as usize }
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
                let rows = part.rows.split_off(missing);
                self.parts.insert(0, Part { response: part.response.clone(), rows });
            }
            missing -= part.rows.len();
            taken.push(part);
        }
        self.gathered -= count;
        let page = Page::cut(taken, self.size, self.offset);
        self.offset += count as u64;
        page
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_list_has_no_page_to_number() {
        let summary = |json: &str| Page::from_json(json.to_owned(), 50, 0).unwrap().summary();
        assert_eq!(summary(r#"{"sessions":[],"total_count":0}"#), "no sessions");
        assert_eq!(summary(r#"{"sessions":[{}],"total_count":1}"#), "page 1 of 1 · 1 session");
    }
}
