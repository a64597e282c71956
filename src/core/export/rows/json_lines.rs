//! One session a line, exactly as it was sent; of chosen fields, just these.

use std::sync::Arc;

use super::{Piece, Rows};
use crate::core::error::{Result, room_for};
use crate::core::filter::Projection;
use crate::core::json::{Value, push_line};

/// Large enough to be worth handing to another thread, small enough to stay in the cache.
const FULL: usize = 512 << 10;

/// Lines in the making.
pub struct JsonLineRows {
    text: Vec<u8>,
    projection: Option<Arc<Projection>>,
    /// The session at hand, with its chosen fields.
    chosen: String,
}

impl JsonLineRows {
    pub fn new(projection: Option<Arc<Projection>>) -> Self {
        Self { text: Vec::new(), projection, chosen: String::new() }
    }
}

impl Rows for JsonLineRows {
    fn push(&mut self, session: Value<'_>) {
        if self.text.capacity() == 0 {
            self.text.reserve(FULL + (FULL >> 3));
        }
        match &self.projection {
            None => push_line(&mut self.text, session.raw().as_bytes()),
            Some(projection) => {
                self.chosen.clear();
                projection.write(session, &mut self.chosen);
                push_line(&mut self.text, self.chosen.as_bytes());
            }
        }
        self.text.push(b'\n');
    }

    fn reserve(&mut self, bytes: usize) -> Result<()> {
        room_for(self.text.len().saturating_add(bytes).saturating_mul(2), "lines of JSON")
    }

    fn is_full(&self) -> bool {
        self.text.len() >= FULL
    }

    fn take(&mut self) -> Result<Option<Piece>> {
        let text = std::mem::take(&mut self.text);
        Ok((!text.is_empty()).then_some(Piece::Text(text)))
    }
}
