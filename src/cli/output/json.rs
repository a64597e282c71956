//! JSON Lines, exactly as sent, and one JSON array of the same; of chosen fields, just these.

use super::Render;
use crate::core::json::{Value, push_line};
use crate::core::listing::rechunk::Page;

/// One session a line.
#[derive(Default)]
pub(super) struct JsonLines {
    session: Line,
}

impl Render for JsonLines {
    fn page(&mut self, page: &Page, text: &mut Vec<u8>) {
        for session in page.sessions() {
            self.session.push(page, session, text);
            text.push(b'\n');
        }
    }

    fn finish(&mut self, _text: &mut Vec<u8>) {}
}

/// One array, a session a line.
#[derive(Default)]
pub(super) struct Json {
    begun: bool,
    session: Line,
}

impl Render for Json {
    fn page(&mut self, page: &Page, text: &mut Vec<u8>) {
        for session in page.sessions() {
            text.extend_from_slice(if self.begun { b",\n" } else { b"[\n" });
            self.begun = true;
            self.session.push(page, session, text);
        }
    }

    fn finish(&mut self, text: &mut Vec<u8>) {
        text.extend_from_slice(if self.begun { b"\n]\n" } else { b"[]\n" });
    }
}

/// One session as text.
#[derive(Default)]
struct Line {
    chosen: String,
}

impl Line {
    fn push(&mut self, page: &Page, session: Value<'_>, text: &mut Vec<u8>) {
        match &page.projection {
            None => push_line(text, session.raw().as_bytes()),
            Some(projection) => {
                self.chosen.clear();
                projection.write(session, &mut self.chosen);
                push_line(text, self.chosen.as_bytes());
            }
        }
    }
}
