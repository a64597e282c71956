//! The paths that one page holds, each with what the policy says of it, looked up once.
//! A path's text is safe to show: its names are the policy's, or were searched as texts are.

use super::alike::alike;
use super::kind::{self, Kind};
use super::policy::Policy;
use super::policy::matcher::{Matcher, StateId};
use super::policy::treatment::Treatment;

pub(super) type PathId = u32;
/// Stands for no path.
pub(super) const NONE: PathId = PathId::MAX;

/// A page with more names that no policy spells out counts the rest of them as one.
const MAX_PATHS: usize = 2_048;
/// The text of a name that may not be shown.
const HIDDEN: &str = "[key]";

/// A path, and what is done to what lies there.
#[derive(Debug)]
pub(super) struct Path {
    state: StateId,
    /// `None` where nothing names it.
    pub(super) treatment: Option<Treatment>,
    /// Whether the policy says something else of what may lie within.
    pub(super) deeper: bool,
    /// The kind of what it holds, by its name.
    pub(super) kind: Kind,
    /// Its own name in lower case.
    pub(super) field: String,
    /// Whether the policy spells its name out, so that it needs no look.
    pub(super) spelled: bool,
    /// Its name as it may be written, where that is not as it was sent.
    pub(super) masked: Option<String>,
    shown: String,
    /// As it was sent; `None` where it stands for many.
    name: Option<Box<str>>,
    /// As a key is written that has it, unless the name is to be written otherwise.
    pub(super) member: Box<str>,
    /// The paths that came first within it, and right behind it, last time: most sessions have the same
    /// fields in the same order.
    first: PathId,
    next: PathId,
    children: Vec<(Box<str>, PathId)>,
    /// Stands for all further names that nothing spells out.
    others: Option<PathId>,
}

impl Path {
    #[inline]
    fn is_named(&self, name: &[u8]) -> bool {
        self.name.as_ref().is_some_and(|known| alike(known.as_bytes(), name))
    }

    /// Whether nothing of what lies here stays.
    #[inline]
    pub(super) fn is_dropped(&self) -> bool {
        self.treatment == Some(Treatment::Drop) && !self.deeper
    }
}

/// All paths of a page; the first is a session itself.
#[derive(Debug)]
pub(super) struct Paths {
    paths: Vec<Path>,
}

impl Paths {
    pub(super) fn new(policy: &Policy) -> Self {
        let mut paths = Self { paths: Vec::with_capacity(64) };
        paths.add(policy, Matcher::START, None, true, None, String::new());
        paths
    }

    pub(super) fn get(&self, path: PathId) -> Option<&Path> {
        self.paths.get(path as usize)
    }

    pub(super) fn len(&self) -> usize {
        self.paths.len()
    }

    /// The path of a name within another that follows another path there, if it was seen before.
    #[inline]
    pub(super) fn known(&mut self, within: PathId, previous: PathId, name: &[u8]) -> Option<PathId> {
        let guess = match self.get(previous) {
            Some(previous) => previous.next,
            None => self.get(within)?.first,
        };
        if self.get(guess).is_some_and(|path| path.is_named(name)) {
            return Some(guess);
        }
        let found = self.find(within, name)?;
        self.follows(within, previous, found);
        Some(found)
    }

    /// Remembers that a path came first within another, or right behind a previous one.
    pub(super) fn follows(&mut self, within: PathId, previous: PathId, path: PathId) {
        match self.paths.get_mut(previous as usize) {
            Some(previous) => previous.next = path,
            None => {
                if let Some(within) = self.paths.get_mut(within as usize) {
                    within.first = path;
                }
            }
        }
    }

    fn find(&self, within: PathId, name: &[u8]) -> Option<PathId> {
        let children = &self.get(within)?.children;
        let order =
            |(known, _): &(Box<str>, PathId)| (known.len(), known.as_bytes()).cmp(&(name.len(), name));
        let place = children.binary_search_by(order).ok()?;
        children.get(place).map(|(_, path)| *path)
    }

    /// The path of a name that was not seen before. `search` gives the name as it may be shown, where
    /// something is found in it.
    pub(super) fn discover(
        &mut self,
        policy: &Policy,
        within: PathId,
        name: &str,
        search: impl FnOnce(&str) -> Option<String>,
    ) -> PathId {
        let Some(parent) = self.get(within) else { return within };
        let (state, spelled) = policy.matcher.step(parent.state, name);
        if !spelled && self.paths.len() >= MAX_PATHS {
            return self.others(policy, within);
        }
        let masked = if spelled { None } else { search(name) };
        let written = masked.as_deref().unwrap_or(name);
        let last = if spelled || is_identifier(written) { written } else { HIDDEN };
        let shown =
            if parent.shown.is_empty() { last.to_owned() } else { format!("{}.{last}", parent.shown) };
        let path = self.add(policy, state, Some(name), spelled, masked, shown);
        if let Some(parent) = self.paths.get_mut(within as usize) {
            let order = |(known, _): &(Box<str>, PathId)| (known.len(), &**known).cmp(&(name.len(), name));
            let place = parent.children.binary_search_by(order).unwrap_or_else(|place| place);
            parent.children.insert(place, (name.into(), path));
        }
        path
    }

    /// The path that stands for every name within that may not be told apart.
    pub(super) fn others(&mut self, policy: &Policy, within: PathId) -> PathId {
        let Some(parent) = self.get(within) else { return within };
        if let Some(others) = parent.others {
            return others;
        }
        // No name holds a NUL and is spelled out.
        let (state, _) = policy.matcher.step(parent.state, "\0");
        let shown =
            if parent.shown.is_empty() { HIDDEN.to_owned() } else { format!("{}.{HIDDEN}", parent.shown) };
        let path = self.add(policy, state, None, false, None, shown);
        if let Some(parent) = self.paths.get_mut(within as usize) {
            parent.others = Some(path);
        }
        path
    }

    fn add(
        &mut self,
        policy: &Policy,
        state: StateId,
        name: Option<&str>,
        spelled: bool,
        masked: Option<String>,
        shown: String,
    ) -> PathId {
        let id = PathId::try_from(self.paths.len()).unwrap_or(NONE);
        let field = name.unwrap_or_default().to_lowercase();
        let found = policy.matcher.state(state);
        let rule = found.and_then(|state| state.rule).and_then(|rule| policy.matcher.rule(rule));
        self.paths.push(Path {
            state,
            treatment: rule.map(|rule| rule.treatment),
            deeper: found.is_some_and(|state| state.deeper),
            kind: kind::of_field(field.as_bytes()),
            field,
            spelled,
            masked,
            shown,
            name: name.map(Box::from),
            member: format!("\"{}\":", name.unwrap_or_default()).into_boxed_str(),
            first: NONE,
            next: NONE,
            children: Vec::new(),
            others: None,
        });
        id
    }

    /// Each path's text, and what is done there; `None` where nothing names it.
    pub(super) fn texts(&self) -> impl Iterator<Item = (&str, Option<Treatment>)> {
        self.paths.iter().map(|path| (path.shown.as_str(), path.treatment))
    }

    /// The rules whose selectors matched one of the paths.
    pub(super) fn matched<'p>(&'p self, policy: &'p Policy) -> impl Iterator<Item = u16> + 'p {
        let states = self.paths.iter().filter_map(|path| policy.matcher.state(path.state));
        states.flat_map(|state| state.matched.iter().copied())
    }
}

/// A name such as programs give; anything else may be a value that was made a key.
fn is_identifier(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'[' | b']');
    let digits = name.bytes().filter(u8::is_ascii_digit).count();
    name.len() <= 64 && !name.is_empty() && name.bytes().all(fits) && digits < 6
}
