//! The faults that a network and a server can cause, each by a name that users type.
//! Here they are named and drawn; `plan` says what becomes of an answer.

pub(super) mod bomb;
pub(super) mod plan;
mod table;

use crate::emulator::rng::Rng;
pub use table::{FaultGroup, FaultKind, fault_kinds};

const FAULT_SALT: u64 = 0xfa17;

/// Spoils a share of the answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Faults {
    /// The share of requests, from 0 to 1.
    pub rate: f64,
    /// Names of kinds or of groups; each is as likely as the next. None at all is `transient`.
    pub kinds: Vec<String>,
    /// The seconds that `status_429` and `status_503` ask to wait.
    pub retry_after: u64,
}

impl Default for Faults {
    fn default() -> Self {
        Self { rate: 0.1, kinds: Vec::new(), retry_after: 1 }
    }
}

impl Faults {
    /// What is wrong with it, in one sentence.
    pub(super) fn check(&self) -> Option<String> {
        if !(0.0..=1.0).contains(&self.rate) {
            return Some(format!("faults: the rate {} is no share; give a number from 0 to 1.", self.rate));
        }
        let unknown = self.kinds.iter().find(|name| table::named(name).is_empty())?;
        let names: Vec<&str> = FaultGroup::ALL.iter().map(|group| group.name()).collect();
        Some(format!(
            "faults: there is no kind {unknown:?}; `blocks-sessions serve --list-faults` shows all, and the groups are {}.",
            names.join(", ")
        ))
    }
}

/// A [`Faults`] whose names have been looked up.
pub(super) struct Drawer {
    rate: f64,
    /// One entry for each name; a group is drawn first, then one of its kinds.
    kinds: Vec<Vec<&'static FaultKind>>,
    retry_after: u64,
}

/// A fault that was drawn for a request.
#[derive(Clone, Copy)]
pub(super) struct Drawn {
    pub(super) kind: &'static FaultKind,
    pub(super) retry_after: u64,
}

impl Drawer {
    pub(super) fn new(faults: &Faults) -> Self {
        let kinds = if faults.kinds.is_empty() {
            vec![table::named(FaultGroup::Transient.name())]
        } else {
            faults.kinds.iter().map(|name| table::named(name)).collect()
        };
        Self { rate: faults.rate, kinds, retry_after: faults.retry_after }
    }

    fn draw(&self, rng: &mut Rng) -> Option<Drawn> {
        if !rng.chance(self.rate) {
            return None;
        }
        let choice = rng.below(self.kinds.len() as u64);
        let kinds = self.kinds.get(usize::try_from(choice).ok()?)?;
        let kind = kinds.get(usize::try_from(rng.below(kinds.len() as u64)).ok()?)?;
        Some(Drawn { kind, retry_after: self.retry_after })
    }
}

/// The fault of a request, if it has one: the first that is drawn.
pub(super) fn draw(drawers: &[Drawer], seed: u64, request: u64) -> Option<Drawn> {
    let mut rng = Rng::new(&[seed, FAULT_SALT, request]);
    drawers.iter().find_map(|drawer| drawer.draw(&mut rng))
}
