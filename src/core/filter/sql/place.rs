//! Where in a text something stands: the library counts lines and columns, users characters from 1 on.

use sqlparser::tokenizer::Location;

/// What stands between the library's message and its place.
const LINE: &str = " at Line: ";
const COLUMN: &str = ", Column: ";

/// The places of one text.
pub struct Places {
    /// How many characters stand before each line.
    lines: Vec<usize>,
    /// The place behind the last character.
    end: usize,
}

impl Places {
    pub fn new(text: &str) -> Self {
        let mut lines = vec![0];
        let mut count = 0;
        for character in text.chars() {
            count += 1;
            if character == '\n' {
                lines.push(count);
            }
        }
        Self { lines, end: count + 1 }
    }

    /// The character at a location; what has no location stands at the end.
    pub fn at(&self, location: Location) -> usize {
        let line = usize::try_from(location.line).ok().and_then(|line| line.checked_sub(1));
        let before = line.and_then(|line| self.lines.get(line));
        let column = usize::try_from(location.column).unwrap_or(0);
        before.map_or(self.end, |before| before + column)
    }

    /// A message of the library's without its place, and the place.
    pub fn split<'a>(&self, message: &'a str) -> (&'a str, usize) {
        let read = |(said, place): (&'a str, &str)| {
            let (line, column) = place.split_once(COLUMN)?;
            let location = Location { line: line.parse().ok()?, column: column.parse().ok()? };
            Some((said, self.at(location)))
        };
        message.rsplit_once(LINE).and_then(read).unwrap_or((message, self.end))
    }
}
