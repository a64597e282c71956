//! What may be spent on retries: without a bound, a service in trouble would be asked five times as often as one
//! in health. It has no clock and sends nothing; what a retry costs is [`retry`](super::retry)'s to say.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::core::config::secret::Secret;

/// What a success gives back.
const GAIN: i64 = 1;
/// So many budgets are kept before those are let go of that nothing was spent of.
const KEPT: usize = 1024;

/// One budget, in tokens.
#[derive(Debug)]
pub struct Budget {
    most: i64,
    left: AtomicI64,
}

impl Budget {
    pub fn new(most: i64) -> Self {
        Self { most, left: AtomicI64::new(most) }
    }

    pub fn left(&self) -> i64 {
        self.left.load(Ordering::Relaxed)
    }

    /// What it held when nothing was spent yet.
    pub fn most(&self) -> i64 {
        self.most
    }

    /// Takes the price of a retry, if it is there.
    pub fn take(&self, cost: i64) -> bool {
        self.left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| (left >= cost).then_some(left - cost))
            .is_ok()
    }

    /// A success gives a little back.
    pub fn give(&self) {
        // The budget is full nearly always: then nothing is written.
        if self.left() < self.most {
            let add = |left: i64| (left < self.most).then_some((left + GAIN).min(self.most));
            let _full = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
        }
    }
}

/// What is asked: a service, a project and an agent.
type Key = (String, Secret, String);

/// A budget for each agent of each project, so that one which always fails spends nobody else's.
#[derive(Debug)]
pub struct Budgets {
    most: i64,
    budgets: Mutex<HashMap<Key, Arc<Budget>>>,
}

impl Budgets {
    pub fn new(most: u32) -> Self {
        Self { most: i64::from(most), budgets: Mutex::default() }
    }

    /// The budget of an agent.
    pub fn of(&self, service: &str, project: &Secret, agent: &str) -> Arc<Budget> {
        let mut budgets = self.budgets.lock().unwrap_or_else(PoisonError::into_inner);
        if budgets.len() >= KEPT {
            // A full one is as good as a new one. One in use by a call is kept, or that call would spend in vain.
            budgets.retain(|_, budget| budget.left() < budget.most || Arc::strong_count(budget) > 1);
        }
        let key = (service.to_owned(), project.clone(), agent.to_owned());
        budgets.entry(key).or_insert_with(|| Arc::new(Budget::new(self.most))).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_bounded_at_both_ends() {
        let budget = Budget::new(500);
        assert_eq!((0..200).filter(|_| budget.take(5)).count(), 100);
        assert_eq!(budget.left(), 0);
        (0..1000).for_each(|_| budget.give());
        assert_eq!(budget.left(), 500);
    }

    #[test]
    fn each_agent_of_each_project_of_each_service_has_its_own() {
        let budgets = Budgets::new(10);
        let (key, other) = (Secret::from("k"), Secret::from("l"));
        assert!(budgets.of("s", &key, "a").take(10));
        assert_eq!(budgets.of("s", &key, "a").left(), 0);
        for fresh in [budgets.of("t", &key, "a"), budgets.of("s", &other, "a"), budgets.of("s", &key, "b")] {
            assert_eq!(fresh.left(), 10);
        }
    }

    #[test]
    fn many_agents_leave_only_what_was_spent() {
        let budgets = Budgets::new(10);
        let key = Secret::from("k");
        assert!(budgets.of("s", &key, "spent").take(5));
        let held = budgets.of("s", &key, "held");
        (0..KEPT * 3).for_each(|agent| drop(budgets.of("s", &key, &agent.to_string())));
        assert!(budgets.budgets.lock().unwrap().len() <= KEPT);
        assert_eq!(budgets.of("s", &key, "spent").left(), 5);
        assert!(Arc::ptr_eq(&held, &budgets.of("s", &key, "held")));
    }
}
