//! Selectors made into one automaton over the names of a path, so that a name costs one look-up
//! however many selectors there are.
//!
//! A treatment holds for the field that its selector matches and for all that lies within. What a
//! selector of the policy says, of a field or of what it lies in, wins over the preset. Among the
//! selectors of one of them the most specific that matches a field wins, and what is nearer wins over
//! what lies further out; only `drop` further out gives way to nothing less specific than itself.

use std::collections::HashMap;

use super::selector::{Segment, Selector};
use super::treatment::Treatment;

/// Whose rule it is; the later wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::core::mask) enum Tier {
    Preset,
    Policy,
}

#[derive(Debug)]
pub(in crate::core::mask) struct Rule {
    pub(in crate::core::mask) selector: Selector,
    pub(in crate::core::mask) treatment: Treatment,
    pub(in crate::core::mask) tier: Tier,
}

impl Rule {
    /// Whether nothing tells which of the two is meant.
    pub(in crate::core::mask) fn contradicts(&self, other: &Self) -> bool {
        self.tier == other.tier
            && self.treatment != other.treatment
            && self.selector.specificity() == other.selector.specificity()
            && self.selector.overlaps(&other.selector)
    }
}

/// A policy whose selectors would need more states has too many `**` that go together.
const MAX_STATES: usize = 20_000;

pub(in crate::core::mask) type StateId = u32;

/// The place on the automaton that stands for a path.
#[derive(Debug)]
pub(in crate::core::mask) struct State {
    /// By name, sorted by length and letters; in lower case and as the preset spells it.
    next: Vec<(Box<str>, StateId)>,
    /// Every other name.
    other: StateId,
    /// The rule in force.
    pub(in crate::core::mask) rule: Option<u16>,
    /// Whether rules say something else of what may lie within.
    pub(in crate::core::mask) deeper: bool,
    /// The rules whose selectors match just this path.
    pub(in crate::core::mask) matched: Vec<u16>,
}

#[derive(Debug)]
pub(in crate::core::mask) struct Matcher {
    rules: Vec<Rule>,
    states: Vec<State>,
}

/// What identifies a state: how far each selector has come, and the rule in force of each tier.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    /// Selector and segment, sorted.
    at: Vec<(u16, u16)>,
    force: [Option<u16>; 2],
}

impl Matcher {
    pub(in crate::core::mask) fn new(rules: Vec<Rule>) -> Result<Self, String> {
        let start: Vec<(u16, u16)> =
            (0..rules.len()).filter_map(|r| u16::try_from(r).ok()).map(|r| (r, 0)).collect();
        let mut building =
            Building { rules: &rules, known: HashMap::new(), keys: Vec::new(), states: Vec::new() };
        building.state(Key { at: building.closed(start), force: [None; 2] });
        let mut done = 0;
        while let Some(key) = building.keys.get(done).cloned() {
            building.expand(done, &key);
            done += 1;
            if building.states.len() > MAX_STATES {
                return Err(
                    "the policy's selectors with `**` go together in too many ways. Use fewer of them."
                        .to_owned(),
                );
            }
        }
        let states = building.states;
        Ok(Self { rules, states })
    }

    pub(in crate::core::mask) fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter()
    }

    pub(in crate::core::mask) fn rule(&self, rule: u16) -> Option<&Rule> {
        self.rules.get(usize::from(rule))
    }

    /// The state of a session itself.
    pub(in crate::core::mask) const START: StateId = 0;

    #[inline]
    pub(in crate::core::mask) fn state(&self, state: StateId) -> Option<&State> {
        self.states.get(state as usize)
    }

    /// The state of a field within, and whether some selector spells its name out.
    #[inline]
    pub(in crate::core::mask) fn step(&self, from: StateId, name: &str) -> (StateId, bool) {
        let Some(state) = self.state(from) else { return (from, false) };
        if let Some(next) = state.of(name) {
            return (next, true);
        }
        if name.bytes().any(|byte| byte.is_ascii_uppercase() || !byte.is_ascii())
            && let Some(next) = state.of(&name.to_lowercase())
        {
            return (next, true);
        }
        (state.other, false)
    }
}

impl State {
    #[inline]
    fn of(&self, name: &str) -> Option<StateId> {
        let order = |(known, _): &(Box<str>, StateId)| (known.len(), &**known).cmp(&(name.len(), name));
        let place = self.next.binary_search_by(order).ok()?;
        self.next.get(place).map(|(_, next)| *next)
    }
}

struct Building<'r> {
    rules: &'r [Rule],
    known: HashMap<Key, StateId>,
    keys: Vec<Key>,
    states: Vec<State>,
}

impl Building<'_> {
    /// The state of that key; it is expanded later.
    fn state(&mut self, key: Key) -> StateId {
        if let Some(state) = self.known.get(&key) {
            return *state;
        }
        let id = StateId::try_from(self.states.len()).unwrap_or(StateId::MAX);
        let [preset, policy] = key.force;
        let (rule, deeper) = (policy.or(preset), self.deeper(&key));
        let matched = self.ended(&key.at).collect();
        self.states.push(State { next: Vec::new(), other: 0, rule, deeper, matched });
        self.known.insert(key.clone(), id);
        self.keys.push(key);
        id
    }

    fn expand(&mut self, place: usize, key: &Key) {
        let mut names: Vec<String> = Vec::new();
        for (rule, segment) in &key.at {
            if let Some(Segment::Name(name)) = self.segment(*rule, *segment) {
                names.push(name.clone());
            }
        }
        names.sort();
        names.dedup();
        let mut next: Vec<(Box<str>, StateId)> = Vec::new();
        for name in names {
            let state = self.after(key, Some(&name));
            next.extend(
                self.spellings(key, &name).into_iter().map(|spelling| (spelling.into_boxed_str(), state)),
            );
        }
        next.sort_by(|(a, _), (b, _)| (a.len(), a).cmp(&(b.len(), b)));
        next.dedup();
        let other = self.after(key, None);
        if let Some(state) = self.states.get_mut(place) {
            (state.next, state.other) = (next, other);
        }
    }

    /// A name in lower case, and as the selectors here spell it.
    fn spellings(&self, key: &Key, name: &str) -> Vec<String> {
        let written = key.at.iter().filter_map(|(rule, _)| self.rules.get(usize::from(*rule)));
        let written = written.flat_map(|rule| rule.selector.text().split('.'));
        let mut all: Vec<String> = written
            .filter(|part| part.to_lowercase() == name)
            .map(str::to_owned)
            .chain([name.to_owned()])
            .collect();
        all.sort();
        all.dedup();
        all
    }

    /// The state behind a name; `None` stands for every name that no selector spells out here.
    fn after(&mut self, key: &Key, name: Option<&str>) -> StateId {
        let mut at = Vec::new();
        for (rule, segment) in &key.at {
            match self.segment(*rule, *segment) {
                Some(Segment::Name(wanted)) if Some(wanted.as_str()) == name => at.push((*rule, segment + 1)),
                Some(Segment::One) => at.push((*rule, segment + 1)),
                Some(Segment::Any) => at.push((*rule, *segment)),
                _ => {}
            }
        }
        let at = self.closed(at);
        let force = self.force(&at, key.force);
        self.state(Key { at, force })
    }

    /// With everything that is reached by letting a `**` stand for nothing.
    fn closed(&self, mut at: Vec<(u16, u16)>) -> Vec<(u16, u16)> {
        let mut place = 0;
        while let Some((rule, segment)) = at.get(place).copied() {
            if self.segment(rule, segment) == Some(&Segment::Any) {
                at.push((rule, segment + 1));
            }
            place += 1;
        }
        at.sort_unstable();
        at.dedup();
        at
    }

    /// The rules in force at a path, given those that were in force around it.
    fn force(&self, at: &[(u16, u16)], around: [Option<u16>; 2]) -> [Option<u16>; 2] {
        let mut force = around;
        for (tier, place) in [Tier::Preset, Tier::Policy].into_iter().zip(&mut force) {
            let of_tier =
                self.ended(at).filter(|rule| self.rule(*rule).is_some_and(|rule| rule.tier == tier));
            let Some(here) =
                of_tier.max_by_key(|rule| self.rule(*rule).map(|rule| rule.selector.specificity()))
            else {
                continue;
            };
            if !place.is_some_and(|outer| self.holds_against(outer, here)) {
                *place = Some(here);
            }
        }
        force
    }

    /// Whether what lies further out wins: a `drop` that is no less specific.
    fn holds_against(&self, outer: u16, inner: u16) -> bool {
        let (Some(outer), Some(inner)) = (self.rule(outer), self.rule(inner)) else { return false };
        outer.treatment == Treatment::Drop && outer.selector.specificity() >= inner.selector.specificity()
    }

    /// The rules whose selectors end here.
    fn ended<'a>(&'a self, at: &'a [(u16, u16)]) -> impl Iterator<Item = u16> + 'a {
        at.iter()
            .filter(|(rule, segment)| {
                self.rule(*rule).is_some_and(|rule| usize::from(*segment) == rule.selector.segments().len())
            })
            .map(|(rule, _)| *rule)
    }

    /// Whether some selector goes on, and could win over what is in force here.
    fn deeper(&self, key: &Key) -> bool {
        let [_, policy] = key.force;
        key.at.iter().any(|(rule, segment)| {
            let Some(found) = self.rule(*rule) else { return false };
            usize::from(*segment) < found.selector.segments().len()
                && (policy.is_none() || found.tier == Tier::Policy)
                && !policy.is_some_and(|outer| self.holds_against(outer, *rule))
        })
    }

    fn rule(&self, rule: u16) -> Option<&Rule> {
        self.rules.get(usize::from(rule))
    }

    fn segment(&self, rule: u16, segment: u16) -> Option<&Segment> {
        self.rule(rule)?.selector.segments().get(usize::from(segment))
    }
}
