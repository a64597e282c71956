//! Values of a tape to Python objects, in one short stretch with the GIL held.
//! It reads nothing but the tape: what arrives here is already known to be valid.

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use hashbrown::HashTable;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyBytes, PyDict, PyInt, PyList, PyString, PyType};

use super::remembered::{Key, MAX_VALUE_BYTES, Short, is_same, spread};
use crate::core::filter::{Branch, Projection};
use crate::core::json::{Document, KeyLengths, Step, Value, Walk};
use crate::core::listing::rechunk::Page;
use crate::python::runtime::gc_pause::paused;

/// Keys remembered at most, and the longest key that is.
const MAX_KEYS: usize = 1_024;
const MAX_KEY_BYTES: usize = 128;
/// Places for short values (a power of two).
const VALUES: usize = 1_024;

/// What sessions have in common, remembered from one to the next: the objects of their keys, in
/// the order in which they come, and short values that repeat.
pub(crate) struct Builder {
    keys: Vec<Key>,
    /// Where each key stands among them, by a hash of its text.
    places: HashTable<usize>,
    values: Vec<Option<Short>>,
    /// The key that was met last.
    last: usize,
}

impl Builder {
    pub(crate) fn new() -> Self {
        Self { keys: Vec::new(), places: HashTable::new(), values: Vec::new(), last: 0 }
    }

    /// Adds sessions to a list, as `Session` objects.
    pub(crate) fn append_sessions<'a>(
        &mut self,
        list: &Bound<'_, PyList>,
        rows: impl IntoIterator<Item = Value<'a>>,
        projection: Option<&Projection>,
    ) -> PyResult<()> {
        let class = session_class(list.py())?;
        for row in rows {
            let session = class.call0()?.cast_into::<PyDict>()?;
            let mut walk = Walk::new(row);
            if let Some(kept) = projection {
                self.fill_chosen(&session, row, kept.lengths(), &|name, value| kept.field(name, value))?;
            } else if let Step::Object(entries) = walk.step() {
                self.fill(&session, &mut walk, entries)?;
            }
            list.append(session)?;
        }
        Ok(())
    }

    /// Any value, as `json.loads` would give it.
    pub(crate) fn value<'py>(&mut self, py: Python<'py>, value: Value<'_>) -> PyResult<Bound<'py, PyAny>> {
        self.build(py, &mut Walk::new(value), None)
    }

    fn build<'py>(
        &mut self,
        py: Python<'py>,
        walk: &mut Walk<'_>,
        key: Option<usize>,
    ) -> PyResult<Bound<'py, PyAny>> {
        Ok(match walk.step() {
            Step::Null => py.None().into_bound(py),
            Step::Bool(truth) => PyBool::new(py, truth).to_owned().into_any(),
            Step::Integer(digits) => integer(py, digits)?,
            Step::Float(number) => number.into_pyobject(py)?.into_any(),
            Step::Utf8(text) => self.string(py, text, key)?.into_any(),
            Step::Surrogates(text) => surrogates(py, text)?.into_any(),
            Step::Array(elements) => {
                let list = PyList::empty(py);
                for _ in 0..elements {
                    list.append(self.build(py, walk, key)?)?;
                }
                list.into_any()
            }
            Step::Object(entries) => {
                let object = PyDict::new(py);
                self.fill(&object, walk, entries)?;
                object.into_any()
            }
        })
    }

    /// Sets the entries in the order sent: a repeated key keeps its place and takes the later value.
    fn fill(&mut self, object: &Bound<'_, PyDict>, walk: &mut Walk<'_>, entries: usize) -> PyResult<()> {
        let py = object.py();
        for _ in 0..entries {
            let name = walk.step();
            let place = self.key(py, &name)?;
            let value = self.build(py, walk, place)?;
            match place.and_then(|place| self.keys.get(place)) {
                Some(key) => object.set_item(key.object.bind(py), value)?,
                None => object.set_item(key_object(py, &name)?, value)?,
            }
        }
        Ok(())
    }

    /// Sets those entries that are kept, as `fill` does.
    fn fill_chosen<'b>(
        &mut self,
        object: &Bound<'_, PyDict>,
        sent: Value<'_>,
        lengths: KeyLengths,
        kept: &dyn Fn(&str, Value<'_>) -> Option<&'b Branch>,
    ) -> PyResult<()> {
        let py = object.py();
        for (name, value) in sent.entries().with_keys().filter(|(name, _)| lengths.may_be(*name)) {
            let Some(name) = name.as_str() else { continue };
            let Some(branch) = kept(name, value) else { continue };
            let name = Step::Utf8(name.as_bytes());
            let place = self.key(py, &name)?;
            let key = match place.and_then(|place| self.keys.get(place)) {
                Some(key) => key.object.bind(py).clone(),
                None => key_object(py, &name)?,
            };
            if branch.whole {
                object.set_item(key, self.build(py, &mut Walk::new(value), place)?)?;
            } else if branch.reaches(value) {
                let below = PyDict::new(py);
                self.fill_chosen(&below, value, branch.lengths(), &|name, _| branch.field(name))?;
                object.set_item(key, below)?;
            } else if object.contains(&key)? {
                // A key that repeats has its last value, and that has nothing of what is kept.
                object.del_item(key)?;
            }
        }
        Ok(())
    }

    /// The place of a key: most often that of the key which followed the last one before. `None` if
    /// it is not one to remember.
    #[inline]
    fn key(&mut self, py: Python<'_>, name: &Step<'_>) -> PyResult<Option<usize>> {
        let Step::Utf8(text) = *name else {
            return Ok(None);
        };
        let expected = self.keys.get(self.last).map_or(0, |key| key.next);
        let found = match self.keys.get(expected) {
            Some(key) if is_same(&key.text, text) => Some(expected),
            _ => self.find_key(py, text)?,
        };
        self.last = found.unwrap_or(self.last);
        Ok(found)
    }

    /// The place of a key that was not expected; `None` if there is no room to remember it.
    fn find_key(&mut self, py: Python<'_>, text: &[u8]) -> PyResult<Option<usize>> {
        let keys = &self.keys;
        let found = |place: &usize| keys.get(*place).is_some_and(|key| *key.text == *text);
        let place = match self.places.find(spread(text), found) {
            Some(place) => *place,
            None if self.keys.len() >= MAX_KEYS || text.len() > MAX_KEY_BYTES => return Ok(None),
            None => self.remember_key(py, text)?,
        };
        if let Some(last) = self.keys.get_mut(self.last) {
            last.next = place;
        }
        Ok(Some(place))
    }

    #[cold]
    fn remember_key(&mut self, py: Python<'_>, text: &[u8]) -> PyResult<usize> {
        let object = PyString::from_bytes(py, text)?.unbind();
        let place = self.keys.len();
        self.keys.push(Key { text: text.into(), object, next: 0, tried: 0, repeated: 0 });
        let keys = &self.keys;
        let again = |place: &usize| keys.get(*place).map_or(0, |key| spread(&key.text));
        self.places.insert_unique(spread(text), place, again);
        Ok(place)
    }

    /// A string value; under keys whose values repeat, the object that was made for it before.
    fn string<'py>(
        &mut self,
        py: Python<'py>,
        text: &[u8],
        key: Option<usize>,
    ) -> PyResult<Bound<'py, PyString>> {
        let key = key.filter(|_| text.len() <= MAX_VALUE_BYTES).and_then(|key| self.keys.get_mut(key));
        let Some(key) = key.and_then(Key::if_repeating) else {
            return PyString::from_bytes(py, text);
        };
        if self.values.is_empty() {
            self.values.resize_with(VALUES, || None);
        }
        let place = usize::try_from(spread(text) % VALUES as u64).ok();
        let Some(place) = place.and_then(|place| self.values.get_mut(place)) else {
            return PyString::from_bytes(py, text);
        };
        if let Some(short) = place.as_ref().filter(|short| short.holds(text)) {
            key.repeated = key.repeated.saturating_add(1);
            return Ok(short.object.bind(py).clone());
        }
        let object = PyString::from_bytes(py, text)?;
        *place = Short::new(text, &object);
        Ok(object)
    }
}

/// A key that is not remembered.
fn key_object<'py>(py: Python<'py>, name: &Step<'_>) -> PyResult<Bound<'py, PyString>> {
    match *name {
        Step::Utf8(text) => PyString::from_bytes(py, text),
        Step::Surrogates(text) => surrogates(py, text),
        _ => Ok(PyString::new(py, "")),
    }
}

fn surrogates<'py>(py: Python<'py>, text: &[u8]) -> PyResult<Bound<'py, PyString>> {
    PyString::from_encoded_object(&PyBytes::new(py, text), Some(c"utf-8"), Some(c"surrogatepass"))
}

fn integer<'py>(py: Python<'py>, digits: &str) -> PyResult<Bound<'py, PyAny>> {
    match digits.parse::<i64>() {
        Ok(number) => Ok(number.into_pyobject(py)?.into_any()),
        Err(_) => py.get_type::<PyInt>().call1((digits,)),
    }
}

/// Does something with the one builder of the process; with a new one where that is in use, as it
/// may be when the garbage collector runs other code in the middle of it.
pub(crate) fn with_builder<T>(act: impl FnOnce(&mut Builder) -> PyResult<T>) -> PyResult<T> {
    static IDLE: Mutex<Option<Builder>> = Mutex::new(None);
    let taken = IDLE.lock().unwrap_or_else(PoisonError::into_inner).take();
    let mut builder = taken.unwrap_or_else(Builder::new);
    let result = act(&mut builder);
    let spare = IDLE.lock().unwrap_or_else(PoisonError::into_inner).replace(builder);
    drop(spare);
    result
}

/// A page's sessions, as a list of `Session` objects.
pub(crate) fn session_list<'py>(py: Python<'py>, page: &Page) -> PyResult<Bound<'py, PyList>> {
    let list = PyList::empty(py);
    let projection = page.projection.as_deref();
    with_builder(|builder| builder.append_sessions(&list, page.sessions(), projection))?;
    Ok(list)
}

/// Adds a page's sessions to a list that will hold a whole listing.
pub(crate) fn append_sessions(list: &Bound<'_, PyList>, page: &Page) -> PyResult<()> {
    let projection = page.projection.as_deref();
    paused(list.py(), || with_builder(|builder| builder.append_sessions(list, page.sessions(), projection)))
}

/// The class `Session`, imported once.
fn session_class(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    CLASS.import(py, "blocks_sessions.session", "Session")
}

/// What Python's `json.loads` gives for the same bytes, by the way that sessions take; for tests.
#[pyfunction]
#[pyo3(name = "_loads")]
pub(crate) fn loads<'py>(py: Python<'py>, text: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    let document = Document::parse(Bytes::copy_from_slice(text))
        .map_err(|error| PyValueError::new_err(error.to_string()))?;
    with_builder(|builder| builder.value(py, document.root()))
}
