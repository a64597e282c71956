//! An Arrow stream of what a listing still has, for whichever library reads it.

use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{RecordBatch, RecordBatchIterator};
use arrow_schema::ArrowError;
use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use super::gathered::BatchAccumulator;
use super::readers::{End, Reader};
use super::requested::{Layout, StreamRequest, requested};
use crate::core::error::Error;
use crate::core::listing::rechunk::Page;
use crate::python::runtime::reentrancy::attach_below;
use crate::python::runtime::{in_python, interrupt_again, process};

/// Where a stream's rows come from. It is dropped with the interpreter attached.
pub trait RowSource: Send + Sync + 'static {
    /// The next rows that were not handed out yet; `None` at the end.
    fn next_rows(&self, py: Python<'_>) -> PyResult<Option<Page>>;
    /// What is on its way into a batch.
    fn batches(&self) -> &BatchAccumulator;
    /// Takes back a page that did not become rows of a batch.
    fn put_back(&self, page: Page);
    fn end(&self) -> End;
    fn yielded(&self) -> u64;
    /// Keeps the exception that the stream failed with: its reader gets only the text.
    fn note_failure(&self, error: PyErr);
}

/// A stream of what the source still has. It reads nothing before it is read itself.
pub fn stream_of<'py>(
    py: Python<'py>,
    source: impl RowSource,
    request: StreamRequest<'_, 'py>,
) -> PyResult<Bound<'py, PyCapsule>> {
    // The thread that is to let go of the source must be there.
    process(py)?;
    let layout = requested(py, &source.batches().schema(), request)?;
    let reader = source.batches().open_stream();
    let rows = SourceReader { source: Some(source), reader, failure: None, ended: false };
    export(py, layout, rows, request.batch_size)
}

struct SourceReader<S: RowSource> {
    /// There until the reader is dropped.
    source: Option<S>,
    reader: Reader,
    /// What ended the last batch early: told when the next one is asked for.
    failure: Option<ArrowError>,
    /// It came to its own end.
    ended: bool,
}

impl<S: RowSource> Iterator for SourceReader<S> {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(failure) = self.failure.take() {
            return Some(Err(failure));
        }
        let source = self.source.as_ref().filter(|_| !self.ended)?;
        let batches = source.batches();
        let refused = |error: Error| Some(Err(ArrowError::ExternalError(error.to_string().into())));
        if let Err(error) = batches.check_reader(Some(self.reader), source.end(), source.yielded()) {
            return refused(error);
        }
        let _gathering = match batches.begin() {
            Ok(gathering) => gathering,
            Err(error) => return refused(error),
        };
        loop {
            match batches.next_batch(self.reader, false) {
                Ok(None) => {}
                other => return other.transpose(),
            }
            match read_page(source) {
                Ok(Some(page)) => match batches.push(&page) {
                    Ok(()) => continue,
                    Err(error) => {
                        source.put_back(page);
                        self.failure = Some(error);
                    }
                },
                Ok(None) => self.ended = true,
                Err(error) => self.failure = Some(error),
            }
            break;
        }
        // Rows that came before a failure reach the reader before it does.
        let last = batches.next_batch(self.reader, true).transpose();
        if self.ended {
            batches.ended(self.reader);
        }
        last.or_else(|| self.failure.take().map(Err))
    }
}

/// The next page; `None` at the end of the listing.
fn read_page(source: &impl RowSource) -> Result<Option<Page>, ArrowError> {
    let read = attach_below(|py| source.next_rows(py).map_err(|error| told(py, source, &error)));
    let stopping = || Err(ArrowError::ExternalError("the interpreter is shutting down".into()));
    read.unwrap_or_else(stopping)
}

/// The error in the reader's terms, which has only its text; the exception itself is kept. A Ctrl-C would
/// be taken for a failure there, and so comes again once the reader is left.
fn told(py: Python<'_>, source: &impl RowSource, error: &PyErr) -> ArrowError {
    // Streams hand texts on as C strings.
    let text = error.to_string().replace('\0', " ");
    source.note_failure(error.clone_ref(py));
    if error.is_instance_of::<PyKeyboardInterrupt>(py)
        && let Err(unheard) = interrupt_again(py)
    {
        unheard.write_unraisable(py, None);
    }
    ArrowError::ExternalError(text.into())
}

impl<S: RowSource> Drop for SourceReader<S> {
    /// Whoever lets go of a stream may have let go of the interpreter first, on a thread that still
    /// counts as attached to it.
    fn drop(&mut self) {
        let Some(source) = self.source.take() else { return };
        in_python(move |_| drop(source));
    }
}

/// A batch in pieces of no more than so many rows, without a copy.
struct Pieces {
    left: Option<Result<RecordBatch, ArrowError>>,
    most: usize,
}

impl Iterator for Pieces {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.left.take()? {
            Ok(batch) if batch.num_rows() > self.most => {
                self.left = Some(Ok(batch.slice(self.most, batch.num_rows() - self.most)));
                Some(Ok(batch.slice(0, self.most)))
            }
            whole => Some(whole),
        }
    }
}

/// The stream as the Arrow PyCapsule interface wants it. Types that the layout does not have the reader
/// casts itself: the interface leaves that open, and to be able to would double the compiled module.
pub fn export(
    py: Python<'_>,
    layout: Layout,
    batches: impl Iterator<Item = Result<RecordBatch, ArrowError>> + Send + 'static,
    batch_size: Option<usize>,
) -> PyResult<Bound<'_, PyCapsule>> {
    let schema = layout.schema();
    let most = batch_size.unwrap_or(usize::MAX);
    let batches = batches.flat_map(move |batch| Pieces { left: Some(batch), most });
    let reader = RecordBatchIterator::new(batches.map(move |batch| layout.arrange(&batch?)), schema);
    PyCapsule::new_with_value(py, FFI_ArrowArrayStream::new(Box::new(reader)), c"arrow_array_stream")
}
