//! Sessions that were made and not handed out yet, and the pages that they are the end of.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;

use crate::core::listing::rechunk::Page;

/// Never locked while Python code may run.
#[derive(Default)]
pub struct Unread(Mutex<Ready>);

#[derive(Default)]
struct Ready {
    sessions: VecDeque<Py<PyAny>>,
    pages: VecDeque<Page>,
}

impl Unread {
    fn ready(&self) -> MutexGuard<'_, Ready> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn len(&self) -> usize {
        self.ready().sessions.len()
    }

    pub fn pop(&self) -> Option<Py<PyAny>> {
        self.ready().sessions.pop_front()
    }

    pub fn push(&self, page: Page, sessions: impl Iterator<Item = Py<PyAny>>) {
        let mut ready = self.ready();
        if ready.sessions.is_empty() {
            ready.pages.clear();
        }
        ready.sessions.extend(sessions);
        ready.pages.push_back(page);
    }

    /// Takes sessions back as rows: those of one page a call.
    pub fn take_page(&self) -> Option<Page> {
        let mut ready = self.ready();
        let unread = ready.sessions.len();
        while let Some(page) = ready.pages.pop_front() {
            let later: usize = ready.pages.iter().map(Page::len).sum();
            if unread > later {
                let objects: Vec<_> = ready.sessions.drain(..unread - later).collect();
                drop(ready);
                return Some(page.tail(objects.len()));
            }
        }
        None
    }
}
