//! The functions that a client was given, as the client and its iterators hold them.
//! They belong where the garbage collector sees them; the core holds but weak references, which are no part of a
//! cycle.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};

use super::token::{TokenCallable, TokenFunction};
use crate::python::convert::event::{EventFunction, EventObserver};

/// A client's functions.
pub struct Functions {
    pub token: Option<Token>,
    pub event: Py<EventFunction>,
}

/// A token function, and the core's way to it.
pub struct Token {
    pub function: Py<TokenFunction>,
    pub source: Arc<TokenCallable>,
}

impl Functions {
    /// A client's functions, none of which were given, and the core's way to the one for events.
    pub fn new(py: Python<'_>) -> PyResult<(Self, EventObserver)> {
        let event = Bound::new(py, EventFunction::default())?;
        let observer = EventObserver::new(&event)?;
        Ok((Self { token: None, event: event.unbind() }, observer))
    }

    pub fn clone_ref(&self, py: Python<'_>) -> Self {
        let token = self.token.as_ref().map(|token| token.clone_ref(py));
        Self { token, event: self.event.clone_ref(py) }
    }

    /// Remembers the running loop, in which an asynchronous token function is awaited.
    pub fn note_loop(&self, py: Python<'_>) -> PyResult<()> {
        self.token.as_ref().map_or(Ok(()), |token| token.function.get().note_loop(py))
    }

    pub fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.event)?;
        visit.call(self.token.as_ref().map(|token| &token.function))
    }
}

impl Token {
    pub fn clone_ref(&self, py: Python<'_>) -> Self {
        Self { function: self.function.clone_ref(py), source: self.source.clone() }
    }
}
