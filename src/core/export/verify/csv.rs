//! The records of a CSV file, as RFC 4180 has them: a line break within quotes is part of a field.

use std::io::BufRead;

use super::content::{Broken, Content, Counter, undecodable};
use crate::core::model::counted::grouped;

/// Reads all records; the first names the fields.
pub fn read(from: Box<dyn BufRead>) -> Result<Content, Broken> {
    let mut records = Records { from, line: Vec::new() };
    let header = records.next()?.ok_or_else(|| Broken::Content("it has no header".to_owned()))?;
    let place = header.iter().position(|name| name == b"session_id");
    let mut counter = Counter::new();
    while let Some(record) = records.next()? {
        if record.len() != header.len() {
            let number = grouped(counter.content.rows + 1);
            return Err(Broken::Content(format!("record {number} has not as many fields as the header")));
        }
        counter.text(place.and_then(|place| record.get(place)).map(Vec::as_slice));
    }
    Ok(counter.content)
}

struct Records {
    from: Box<dyn BufRead>,
    line: Vec<u8>,
}

impl Records {
    /// The fields of the next record. It ends where the quotes of its lines come in pairs.
    fn next(&mut self) -> Result<Option<Vec<Vec<u8>>>, Broken> {
        self.line.clear();
        let (mut seen, mut quotes) = (0, 0);
        loop {
            let count = self.from.read_until(b'\n', &mut self.line).map_err(undecodable)?;
            if count == 0 && seen == 0 {
                return Ok(None);
            }
            let added = self.line.get(seen..).unwrap_or_default();
            quotes += added.iter().filter(|byte| **byte == b'"').count();
            seen += count;
            if count == 0 || !self.line.ends_with(b"\n") {
                return Err(Broken::Content("its last record is cut short".to_owned()));
            }
            if quotes % 2 == 0 {
                return Ok(Some(fields(&self.line)));
            }
        }
    }
}

fn fields(record: &[u8]) -> Vec<Vec<u8>> {
    let record = record.strip_suffix(b"\n").unwrap_or(record);
    let record = record.strip_suffix(b"\r").unwrap_or(record);
    let (mut fields, mut field, mut quoted) = (Vec::new(), Vec::new(), false);
    for byte in record {
        match byte {
            b'"' => quoted = !quoted,
            b',' if !quoted => fields.push(std::mem::take(&mut field)),
            byte => field.push(*byte),
        }
    }
    fields.push(field);
    fields
}
