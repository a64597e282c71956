//! A page rewritten: its tape is walked once, what stays is copied as it was sent, what is treated is
//! written anew. What comes out is a text and a tape of its own, so that nothing of the page as it was sent is
//! left.

mod make;

use self::make::Made;
use super::Mask;
use super::own::OwnValues;
use super::paths::{NONE, PathId, Paths};
use super::policy::treatment::Treatment;
use super::repeats::Repeats;
use super::tally::Tally;
use super::value::{Applier, Gatherer};
use crate::core::json::{Kind as Json, Open, Value, Writer};

/// A page, masked.
pub(super) struct Rewritten {
    pub(super) json: Writer,
    pub(super) tally: Tally,
    pub(super) paths: Paths,
    /// The texts that a detector outside of the core is still to see, in order.
    pub(super) texts: Vec<String>,
}

/// What becomes of the texts that a detector outside of the core is to see.
pub(super) enum Outside {
    /// There is none.
    Absent,
    /// They are gathered.
    Gather(Vec<String>),
    /// They are replaced, in the order in which they were gathered; what it failed at is dropped.
    Replace(std::vec::IntoIter<Option<String>>),
}

/// Rewrites sessions one after another.
pub(super) struct Rewriter<'m> {
    mask: &'m Mask,
    applier: Applier<'m>,
    paths: Paths,
    gatherer: Gatherer,
    own: OwnValues,
    repeats: Repeats,
    out: Writer,
    /// A value while it is made.
    made: String,
    outside: Outside,
}

impl<'m> Rewriter<'m> {
    pub(super) fn new(mask: &'m Mask, outside: Outside, capacity: usize) -> Self {
        Self {
            mask,
            applier: Applier::new(mask.policy(), mask.pseudonyms()),
            paths: Paths::new(mask.policy()),
            gatherer: Gatherer::default(),
            own: OwnValues::default(),
            repeats: Repeats::new(),
            out: Writer::with_capacity(capacity),
            made: String::new(),
            outside,
        }
    }

    /// Writes a page of these sessions.
    pub(super) fn page<'v>(
        mut self,
        sessions: impl Iterator<Item = Value<'v>>,
        total: Option<u64>,
    ) -> Rewritten {
        let mut root = self.out.begin_object();
        self.out.separate(&mut root);
        self.out.plain_key("\"sessions\":");
        let mut list = self.out.begin_array();
        for session in sessions {
            self.out.separate(&mut list);
            self.session(session);
        }
        self.out.end(list);
        self.out.separate(&mut root);
        self.out.plain_key("\"total_count\":");
        match total {
            Some(total) => self.out.integer(total.into()),
            None => self.out.null(),
        }
        self.out.end(root);
        let texts = if let Outside::Gather(texts) = self.outside { texts } else { Vec::new() };
        Rewritten { json: self.out, tally: self.applier.tally, paths: self.paths, texts }
    }

    fn session(&mut self, session: Value<'_>) {
        self.own.clear();
        if self.mask.policy().spec().own_values {
            self.gatherer.gather(session, &mut self.own);
        }
        let mut open = self.out.begin_object();
        self.members(session, 0, &mut open);
        self.out.end(open);
        self.applier.tally.end_session();
    }

    /// Writes what stays of an object's members.
    fn members(&mut self, object: Value<'_>, within: PathId, open: &mut Open) {
        let mut previous = NONE;
        for (key, value) in object.entries().with_keys() {
            let plain = key.plain_bytes();
            let seen = plain.and_then(|name| self.paths.known(within, previous, name));
            let path = seen.or_else(|| Some(self.path(key.as_str()?, within, previous)));
            let Some(path) = path else {
                let others = self.paths.others(self.mask.policy(), within);
                self.applier.tally.unmaskable(others);
                continue;
            };
            previous = path;
            self.member(key, value, path, within, open);
        }
    }

    /// Writes what stays of a member.
    fn member(&mut self, key: Value<'_>, value: Value<'_>, path: PathId, within: PathId, open: &mut Open) {
        let Some(about) = self.paths.get(path) else { return };
        if about.spelled && key.plain_bytes().is_some() {
            // Most members that go are told by their path.
            if about.is_dropped() {
                self.applier.tally.treated(path);
                return;
            }
            if value.is_scalar() {
                return self.spelled(key, value, path, open);
            }
        }
        let mark = self.out.mark(open);
        let path = self.name(key, path, within, open);
        if !self.value(value, path) {
            self.out.rewind(mark, open);
        }
    }

    /// A scalar under a name that the policy spells out: nothing is written before it is known to stay.
    fn spelled(&mut self, key: Value<'_>, value: Value<'_>, path: PathId, open: &mut Open) {
        let made = self.scalar(value, path);
        match made {
            Made::Nothing | Made::Unmaskable => {}
            Made::Same => {
                self.out.separate(open);
                self.out.copy_member(key, value);
            }
            Made::Text | Made::Number(_) => {
                self.out.separate(open);
                let member = self.paths.get(path).map(|about| &*about.member);
                self.out.plain_key(member.unwrap_or_default());
                self.put(&made, value);
            }
        }
    }

    /// Writes a name, which may have to be masked; gives the path under which its value is counted.
    fn name(&mut self, key: Value<'_>, path: PathId, within: PathId, open: &mut Open) -> PathId {
        let spelled = self.paths.get(path).is_some_and(|about| about.spelled);
        let (path, masked) = match key.as_str() {
            Some(name) if !spelled => self.own_name(name, path, within),
            _ => (path, None),
        };
        self.out.separate(open);
        let known = || self.paths.get(path).and_then(|about| about.masked.as_deref());
        match masked.as_deref().or_else(known) {
            Some(masked) => self.out.key(masked),
            None => self.out.copy_key(key),
        }
        path
    }

    /// The path of a name.
    fn path(&mut self, name: &str, within: PathId, previous: PathId) -> PathId {
        if let Some(path) = self.paths.known(within, previous, name.as_bytes()) {
            return path;
        }
        let applier = &mut self.applier;
        let search = |name: &str| {
            let mut masked = String::new();
            let mark = applier.tally.mark();
            let found = applier.scan(name, &mut OwnValues::default(), true, &mut masked);
            applier.tally.rewind(mark);
            found.then_some(masked)
        };
        self.paths.discover(self.mask.policy(), within, name, search)
    }

    /// The path under which a name that no policy spells out is counted, and the name as it may be written
    /// where that is this session's alone: its own values may be in it.
    fn own_name(&mut self, name: &str, path: PathId, within: PathId) -> (PathId, Option<String>) {
        let mut masked = String::new();
        let mark = self.applier.tally.mark();
        let whole = self.paths.get(path).is_some_and(|path| path.field.is_empty());
        let found =
            (whole || !self.own.is_empty()) && self.applier.scan(name, &mut self.own, true, &mut masked);
        self.applier.tally.rewind(mark);
        let known = self.paths.get(path).is_some_and(|path| path.masked.as_deref() == Some(masked.as_str()));
        if !found || known {
            return (path, None);
        }
        (self.paths.others(self.mask.policy(), within), Some(masked))
    }

    /// Writes what stays of a value; tells whether anything does.
    fn value(&mut self, value: Value<'_>, path: PathId) -> bool {
        if value.is_scalar() {
            let made = self.scalar(value, path);
            return self.put(&made, value);
        }
        self.container(value, path)
    }

    /// An array or object. One that is dropped stays for what within it is not.
    fn container(&mut self, value: Value<'_>, path: PathId) -> bool {
        let Some(about) = self.paths.get(path) else { return false };
        let (treatment, deeper) = (about.treatment.unwrap_or(self.mask.policy().unknown), about.deeper);
        if !deeper && matches!(treatment, Treatment::Drop | Treatment::Raw) {
            self.applier.tally.treated(path);
            if treatment == Treatment::Drop {
                return false;
            }
            self.out.copy(value);
            return true;
        }
        let mark = self.applier.tally.mark();
        let any = if matches!(value.kind(), Json::Object(_)) {
            let mut open = self.out.begin_object();
            self.members(value, path, &mut open);
            self.close(open)
        } else {
            let mut open = self.out.begin_array();
            self.elements(value, path, &mut open);
            self.close(open)
        };
        self.holds(any, mark, path, treatment)
    }

    fn elements(&mut self, array: Value<'_>, path: PathId, open: &mut Open) {
        for element in array.elements() {
            let mark = self.out.mark(open);
            self.out.separate(open);
            if !self.value(element, path) {
                self.out.rewind(mark, open);
            }
        }
    }

    /// Tells whether there is anything in it.
    fn close(&mut self, open: Open) -> bool {
        let any = !open.is_empty();
        self.out.end(open);
        any
    }

    /// Whether an array or object stays; what is dropped does not, once it is empty.
    fn holds(&mut self, any: bool, mark: usize, path: PathId, treatment: Treatment) -> bool {
        let stays = any || treatment != Treatment::Drop;
        if !stays && self.applier.tally.mark() == mark {
            self.applier.tally.treated(path);
        }
        stays
    }
}
