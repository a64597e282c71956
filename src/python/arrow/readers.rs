//! Who took how many rows of a listing: a table or a stream must not get what another one left, and look whole.
//! Pure: told what happens, it says whether a reader may go on. It knows no Arrow, and no request.

use crate::core::model::counted::sessions;

/// A reader of rows: a table that is made in one go, or a stream that a library reads.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    Table,
    /// With its number.
    Stream(u64),
}

/// How far a listing is for whoever reads it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// There may be more.
    Open,
    /// It was read to its end.
    Finished,
    /// It was closed before.
    Closed,
}

/// What is known of a listing when a reader asks.
#[derive(Clone, Copy)]
pub struct Progressed {
    pub end: End,
    /// Sessions that left it in any way.
    pub yielded: u64,
    /// Rows that were read for a table and did not reach it.
    pub waiting: usize,
}

/// What left a listing other than one by one.
#[derive(Default)]
pub struct Readers {
    streams: u64,
    /// The stream that took rows, and how many; it may still be read.
    stream: Option<(u64, u64)>,
    /// That stream was read to its end.
    ended: bool,
    table_rows: u64,
}

const REMEDY: &str = "make a new iterator, or use client.dataset(), which may be read again and again";

impl Readers {
    /// A new stream, which has read nothing.
    pub fn open(&mut self) -> Reader {
        self.streams += 1;
        Reader::Stream(self.streams)
    }

    /// Whether this reader may have the rows that are left; if not, why. `None` asks for a reader to come.
    pub fn check(&self, reader: Option<Reader>, listing: Progressed) -> Result<(), String> {
        let mine = matches!(self.stream, Some((number, _)) if reader == Some(Reader::Stream(number)));
        let reason = match (listing.end, self.stream) {
            (End::Closed, _) => format!("this listing was closed: {}", self.told(listing)),
            _ if mine => return Ok(()),
            (End::Open, None) => return Ok(()),
            (End::Open, Some((_, rows))) => format!(
                "{} of this listing went to an Arrow stream, and another table or stream would lack them",
                sessions(rows)
            ),
            // What a table was to have and has not got is there for it.
            (End::Finished, None) if listing.waiting > 0 => return Ok(()),
            (End::Finished, _) => {
                format!("this listing was read to its end, and is read once: {}", self.told(listing))
            }
        };
        Err(format!("{reason}; {REMEDY}"))
    }

    /// Why nobody goes on behind rows that were read and wait for a table, or for the rest of a stream.
    pub fn waited_for(&self, waiting: usize) -> String {
        let waiting = waiting as u64;
        match self.stream {
            Some(_) => format!(
                "{} of this listing {} read for an Arrow stream that was not read to its end: read that stream on, or \
                 {REMEDY}",
                sessions(waiting),
                if waiting == 1 { "was" } else { "were" }
            ),
            None => {
                "sessions of this listing were read for a table that was not finished, and wait for it: call \
                     to_arrow(), to_pandas() or to_polars() again, or make a new iterator"
                    .to_owned()
            }
        }
    }

    /// Rows left for this reader.
    pub fn took(&mut self, reader: Reader, rows: u64) {
        match (reader, &mut self.stream) {
            (Reader::Table, _) => self.table_rows += rows,
            (Reader::Stream(number), Some((known, taken))) if *known == number => *taken += rows,
            (Reader::Stream(number), stream) if rows > 0 => *stream = Some((number, rows)),
            (Reader::Stream(_), _) => {}
        }
    }

    /// A stream came to the end of the listing.
    pub fn ended(&mut self, reader: Reader) {
        self.ended |= matches!(self.stream, Some((number, _)) if reader == Reader::Stream(number));
    }

    /// What is doubtful of a listing of which a stream took a part.
    pub fn doubt(&self) -> Option<String> {
        let (_, rows) = self.stream.filter(|_| !self.ended)?;
        Some(format!("{} went to an Arrow stream that was not read to its end.", sessions(rows)))
    }

    fn told(&self, listing: Progressed) -> String {
        let streamed = self.stream.map_or(0, |(_, rows)| rows);
        let by_one = listing.yielded.saturating_sub(streamed + self.table_rows);
        let ways = [
            (by_one, "handed out by next()"),
            (self.table_rows, "put into a table"),
            (streamed, "read by an Arrow stream"),
        ];
        let told: Vec<_> = ways
            .iter()
            .filter(|(rows, _)| *rows > 0)
            .map(|(rows, way)| {
                format!("{} {} {way}", sessions(*rows), if *rows == 1 { "was" } else { "were" })
            })
            .collect();
        match (told.is_empty(), listing.end) {
            (true, End::Finished) => "it had no sessions".to_owned(),
            (true, _) => "nothing of it was read".to_owned(),
            (false, _) => told.join(", "),
        }
    }
}
