//! A client's pools of connections: one, and a few more for calls with a time to connect of their own.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwapOption;

use super::transport::Transport;
use crate::core::config::{ClientConfig, Timeout};
use crate::core::error::{Error, Result};

/// How many are kept for calls with a time to connect of their own.
const OTHERS: usize = 4;

pub(in crate::core) struct Pools {
    /// Gone once the client is closed; a call under way keeps it.
    own: ArcSwapOption<Transport>,
    /// The latest last.
    others: Mutex<Vec<Arc<Transport>>>,
}

impl Pools {
    pub fn new(own: Arc<Transport>) -> Self {
        Self { own: ArcSwapOption::new(Some(own)), others: Mutex::default() }
    }

    /// The client's own.
    ///
    /// # Errors
    /// The client is closed.
    pub fn own(&self) -> Result<Arc<Transport>> {
        self.own.load_full().ok_or_else(|| {
            Error::Configuration("the client is closed: make a new one, or close it later".to_owned())
        })
    }

    /// The one for a call, which may have a time to connect of its own.
    pub fn of_call(&self, config: &ClientConfig, timeout: Option<Timeout>) -> Result<Arc<Transport>> {
        let pool = self.own()?;
        let own = config.timeout.connect;
        // A time to connect that is no shorter than the whole attempt bounds nothing.
        let bounds = |timeout: &Timeout| timeout.connect != own && timeout.connect.min(own) < timeout.attempt;
        let Some(timeout) = timeout.filter(bounds) else { return Ok(pool) };
        let config = ClientConfig { timeout, ..config.clone() };
        let mut others = self.others();
        if let Some(other) = others.iter().find(|other| other.serves(&config)) {
            return Ok(other.clone());
        }
        let other = Arc::new(Transport::new(&config)?);
        if others.len() == OTHERS {
            others.remove(0);
        }
        others.push(other.clone());
        Ok(other)
    }

    pub fn close(&self) {
        self.own.store(None);
        self.others().clear();
    }

    pub fn are_closed(&self) -> bool {
        self.own.load().is_none()
    }

    fn others(&self) -> MutexGuard<'_, Vec<Arc<Transport>>> {
        self.others.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
