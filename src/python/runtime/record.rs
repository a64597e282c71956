//! What a line of the log has beside its text, as Python's records have it: the template and its values, by which
//! lines are grouped, and what is known of the request as attributes of the record.

use log::kv::{Error, Key, Value, VisitSource, VisitValue};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::core::client::call_log::{EXTRA, TEMPLATE};

/// The values of one line, in their order.
#[derive(Default)]
pub struct Values(Vec<(String, Kept)>);

#[derive(Clone)]
enum Kept {
    None,
    Text(String),
    Whole(i64),
    Number(f64),
}

impl<'kvs> VisitSource<'kvs> for Values {
    fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), Error> {
        let mut kept = Kept::None;
        value.visit(&mut kept)?;
        self.0.push((key.to_string(), kept));
        Ok(())
    }
}

impl VisitValue<'_> for Kept {
    fn visit_any(&mut self, value: Value<'_>) -> Result<(), Error> {
        *self = Self::Text(value.to_string());
        Ok(())
    }

    fn visit_null(&mut self) -> Result<(), Error> {
        *self = Self::None;
        Ok(())
    }

    fn visit_u64(&mut self, value: u64) -> Result<(), Error> {
        *self = Self::Whole(i64::try_from(value).unwrap_or(i64::MAX));
        Ok(())
    }

    fn visit_i64(&mut self, value: i64) -> Result<(), Error> {
        *self = Self::Whole(value);
        Ok(())
    }

    fn visit_f64(&mut self, value: f64) -> Result<(), Error> {
        *self = Self::Number(value);
        Ok(())
    }
}

/// What a record is made of: its `msg`, its `args`, and its own attributes.
type Parts<'py> = (String, Bound<'py, PyTuple>, Option<Bound<'py, PyDict>>);

impl Values {
    /// The parts of the record of a line with this text.
    pub fn of_record<'py>(&self, py: Python<'py>, text: String) -> PyResult<Parts<'py>> {
        let Some((_, Kept::Text(template))) = self.0.iter().find(|(name, _)| name == TEMPLATE) else {
            return Ok((text, PyTuple::empty(py), None));
        };
        let (arguments, extra) = (PyDict::new(py), PyDict::new(py));
        for (name, value) in self.0.iter().filter(|(name, _)| name != TEMPLATE) {
            let named = if EXTRA.contains(&name.as_str()) { &extra } else { &arguments };
            match value {
                Kept::None => named.set_item(name, py.None())?,
                Kept::Text(text) => named.set_item(name, text)?,
                Kept::Whole(number) => named.set_item(name, number)?,
                Kept::Number(number) => named.set_item(name, number)?,
            }
        }
        // One mapping is what a template with names takes its values from.
        Ok((template.clone(), PyTuple::new(py, [arguments])?, Some(extra)))
    }
}
