//! A caller's own detector, as the core asks it: a function that gets a text and returns it masked.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use log::warn;
use pyo3::prelude::*;
use tokio::sync::oneshot;

use crate::core::LOG;
use crate::core::mask::TextDetector;
use crate::python::runtime::in_python;
use crate::python::runtime::reentrancy::call_out;

/// The function. It is called on the one thread of ours that speaks to the interpreter, a page at a time.
pub struct DetectorFunction(Arc<Held>);

/// Dropped where the interpreter is held, and nowhere else.
struct Held(Option<Py<PyAny>>);

impl DetectorFunction {
    pub fn new(function: Py<PyAny>) -> Self {
        Self(Arc::new(Held(Some(function))))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let function = self.0.take();
        in_python(move |_| drop(function));
    }
}

impl TextDetector for DetectorFunction {
    fn mask(&self, texts: Vec<String>) -> Pin<Box<dyn Future<Output = Vec<Option<String>>> + Send + '_>> {
        let (sender, answer) = oneshot::channel();
        let (function, count) = (self.0.clone(), texts.len());
        in_python(move |py| {
            let masked = texts.into_iter().map(|text| {
                let function = function.0.as_ref()?.bind(py);
                masked(function, text)
            });
            // Whoever asked may have stopped waiting.
            let _ = sender.send(masked.collect());
        });
        Box::pin(async move { answer.await.unwrap_or_else(|_| vec![None; count]) })
    }
}

/// What the function makes of a text; nothing where it fails, of which the log tells the kind alone: its
/// message may quote the text.
fn masked(function: &Bound<'_, PyAny>, text: String) -> Option<String> {
    let py = function.py();
    let made = call_out(|| function.call1((text,))).and_then(|made| made.extract::<String>());
    made.inspect_err(|error| {
        let kind = error.get_type(py).name().map_or_else(|_| "an error".to_owned(), |name| name.to_string());
        warn!(target: LOG, "the mask's detector failed with {kind}; the text is dropped");
    })
    .ok()
}
