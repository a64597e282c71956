//! Finding the values that a condition speaks of in a session, in one pass over its entries.
//! Where a key repeats, the last value counts, as it does in Python.

use crate::core::filter::path::Path;
use crate::core::json::{KeyLengths, Value};

/// What is to be found: the paths of a condition.
#[derive(Debug, Clone, Default)]
pub struct Lookup {
    paths: Vec<Path>,
    /// The names of fields, each once, and which paths begin with them.
    heads: Vec<(Box<str>, Vec<usize>)>,
    lengths: KeyLengths,
}

impl Lookup {
    /// The place of a path's value among those found.
    pub fn slot(&mut self, path: &Path) -> usize {
        if let Some(slot) = self.paths.iter().position(|known| known == path) {
            return slot;
        }
        let slot = self.paths.len();
        let (head, _) = path.split();
        match self.heads.iter_mut().find(|(name, _)| **name == *head) {
            Some((_, slots)) => slots.push(slot),
            None => self.heads.push((head.into(), vec![slot])),
        }
        self.lengths = self.lengths.and(head);
        self.paths.push(path.clone());
        slot
    }

    /// Finds the values in a session; what it does not have is `None`.
    #[inline]
    pub fn find<'a>(&self, session: Value<'a>, found: &mut Vec<Option<Value<'a>>>) {
        found.clear();
        found.resize(self.paths.len(), None);
        for (key, value) in session.entries().with_keys() {
            if !self.lengths.may_be(key) {
                continue;
            }
            // One with a lone surrogate is no name that a condition can speak of.
            let Some(key) = key.utf8() else { continue };
            for (name, slots) in &self.heads {
                if name.as_bytes() == key {
                    for slot in slots {
                        if let Some(place) = found.get_mut(*slot) {
                            *place = Some(value);
                        }
                    }
                }
            }
        }
        for (place, path) in found.iter_mut().zip(&self.paths) {
            let (_, below) = path.split();
            if !below.is_empty() {
                *place = place.and_then(|value| descend(value, below));
            }
        }
    }
}

/// The value at the end of these names, each inside an object.
pub fn descend<'a>(value: Value<'a>, names: &[Box<str>]) -> Option<Value<'a>> {
    names.iter().try_fold(value, |value, name| value.get(name))
}
