//! Rows on their way into a table or a stream, as batches in the making.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow_array::RecordBatch;
use arrow_schema::{ArrowError, SchemaRef};
use bytes::Bytes;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use super::batches::Batches;
use super::raised;
use super::readers::{End, Progressed, Reader, Readers};
use crate::core::arrow::Columns;
use crate::core::error::Error;
use crate::core::filter::Projection;
use crate::core::json::{Document, Kind, Value};
use crate::core::listing::rechunk::Page;
use crate::python::convert::errors::to_python_error;

/// Rows on their way into a table. What a failed attempt gathered is there for the next one.
pub struct BatchAccumulator {
    gathered: Mutex<Gathered>,
    readers: Mutex<Readers>,
    /// A table is being made, or a batch of a stream: what is gathered is that one's.
    busy: AtomicBool,
}

/// While it lives, no other table or stream takes what is gathered.
pub struct Gathering<'b>(&'b AtomicBool);

impl Drop for Gathering<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

struct Gathered {
    columns: Columns,
    batches: VecDeque<RecordBatch>,
}

impl BatchAccumulator {
    /// For tables of all columns, or of those that are chosen.
    pub fn new(projection: Option<Arc<Projection>>) -> Self {
        let gathered = Gathered { columns: Columns::new(projection), batches: VecDeque::new() };
        Self { gathered: Mutex::new(gathered), readers: Mutex::default(), busy: AtomicBool::new(false) }
    }

    /// Begins to gather: two that did so at once would share the rows between them, and each look whole.
    pub fn begin(&self) -> Result<Gathering<'_>, Error> {
        if self.busy.swap(true, Ordering::AcqRel) {
            return Err(Error::Configuration(BUSY.to_owned()));
        }
        Ok(Gathering(&self.busy))
    }

    /// Ends what [`Self::begin`] began, where nothing lives from one to the other.
    pub fn end(&self) {
        self.busy.store(false, Ordering::Release);
    }

    /// The schema of the batches.
    pub fn schema(&self) -> SchemaRef {
        self.gathered().columns.schema()
    }

    fn gathered(&self) -> MutexGuard<'_, Gathered> {
        self.gathered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn readers(&self) -> MutexGuard<'_, Readers> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many rows wait for a table.
    pub fn waiting(&self) -> usize {
        self.gathered().rows()
    }

    /// How many values did not fit the columns that were chosen.
    pub fn misfits(&self) -> u64 {
        self.gathered().columns.misfits()
    }

    /// Refuses a table or a stream that would lack rows which went elsewhere.
    pub fn check_reader(&self, reader: Option<Reader>, end: End, yielded: u64) -> Result<(), Error> {
        let listing = Progressed { end, yielded, waiting: self.waiting() };
        self.readers().check(reader, listing).map_err(Error::Configuration)
    }

    /// Refuses to go on behind rows that a table was to have, and has not got: they would be lost.
    pub fn check_none_waits(&self) -> PyResult<()> {
        let waiting = self.waiting();
        if waiting == 0 {
            return Ok(());
        }
        let told = if self.busy.load(Ordering::Acquire) {
            BUSY.to_owned()
        } else {
            self.readers().waited_for(waiting)
        };
        Err(to_python_error(&Error::Configuration(told)))
    }

    /// A new stream of what is left.
    pub fn open_stream(&self) -> Reader {
        self.readers().open()
    }

    /// A stream came to the end of the listing.
    pub fn ended(&self, stream: Reader) {
        self.readers().ended(stream);
    }

    /// Why the listing is not whole for whoever reads it, if a stream took a part of it.
    pub fn doubt(&self) -> Option<String> {
        self.readers().doubt()
    }

    pub fn add(&self, py: Python<'_>, page: &Page) -> PyResult<()> {
        py.detach(|| self.push(page)).map_err(|error| raised(&error))
    }

    /// The same, by a thread that is not attached to the interpreter.
    ///
    /// # Errors
    /// There is not enough memory: then nothing of the page was added.
    pub fn push(&self, page: &Page) -> Result<(), ArrowError> {
        let mut gathered = self.gathered();
        gathered.columns.reserve(page.bytes()).map_err(|error| ArrowError::MemoryError(error.to_string()))?;
        gathered.add(page.sessions())
    }

    /// Adds sessions that are a JSON array.
    pub fn add_json(&self, py: Python<'_>, text: &[u8]) -> PyResult<()> {
        py.detach(|| {
            let document =
                Document::parse(Bytes::copy_from_slice(text)).map_err(|error| error.to_string())?;
            let Kind::Array(sessions) = document.root().kind() else { return Ok(()) };
            self.gathered().add(sessions).map_err(|error| error.to_string())
        })
        .map_err(PyRuntimeError::new_err)
    }

    /// A batch for a stream: a full one, or with `last` whatever there is.
    pub fn next_batch(&self, stream: Reader, last: bool) -> Result<Option<RecordBatch>, ArrowError> {
        let mut gathered = self.gathered();
        if last {
            gathered.close_batch()?;
        }
        let batch = gathered.batches.pop_front();
        drop(gathered);
        let rows = batch.as_ref().map_or(0, RecordBatch::num_rows);
        self.readers().took(stream, rows as u64);
        Ok(batch)
    }

    /// All that was gathered, for a table.
    pub fn take(&self, py: Python<'_>) -> PyResult<Batches> {
        let batches = py.detach(|| self.gathered().take()).map_err(|error| raised(&error))?;
        let batches = Batches::new(batches.into(), self.schema());
        self.readers().took(Reader::Table, batches.rows());
        Ok(batches)
    }

    /// Takes back what did not become a table.
    pub fn put_back(&self, batches: &Batches) {
        let mut gathered = self.gathered();
        for batch in batches.iter().rev() {
            gathered.batches.push_front(batch.clone());
        }
    }
}

const BUSY: &str = "another table or stream of this listing is being made at this moment, and rows that went there \
                    would be missing here; make a new iterator, or use client.dataset(), which may be read again and \
                    again";

impl Gathered {
    fn add<'a>(&mut self, sessions: impl IntoIterator<Item = Value<'a>>) -> Result<(), ArrowError> {
        for session in sessions {
            self.columns.push(session);
            if self.columns.is_full() {
                self.close_batch()?;
            }
        }
        Ok(())
    }

    /// Ends the batch in the making, if it has any rows.
    fn close_batch(&mut self) -> Result<(), ArrowError> {
        if self.columns.rows() > 0 {
            self.batches.push_back(self.columns.finish()?);
        }
        Ok(())
    }

    fn take(&mut self) -> Result<VecDeque<RecordBatch>, ArrowError> {
        self.close_batch()?;
        Ok(std::mem::take(&mut self.batches))
    }

    fn rows(&self) -> usize {
        self.columns.rows() + self.batches.iter().map(RecordBatch::num_rows).sum::<usize>()
    }
}
