//! The column `extra`: for each session a JSON object of whatever has no column of its own, as it was
//! sent; first the unknown fields, then the values that do not fit.

use std::fmt::Write as _;

use arrow_array::StringArray;
use arrow_array::builder::StringBuilder;

use crate::core::json::Value;

#[derive(Default)]
pub(super) struct Extra {
    column: StringBuilder,
    /// Whether the session at hand has anything to keep.
    begun: bool,
}

impl Extra {
    /// Keeps a field that has no column, its key as it was sent.
    pub(super) fn keep_unknown(&mut self, key: Value<'_>, value: Value<'_>) {
        self.write(&[key.raw(), ":", value.raw()]);
    }

    /// Keeps a value that does not fit the column of its field.
    pub(super) fn keep(&mut self, name: &str, value: Value<'_>) {
        self.write(&["\"", name, "\":", value.raw()]);
    }

    /// Ends the session at hand.
    pub(super) fn finish_row(&mut self) {
        if self.begun {
            self.column.append_value("}");
        } else {
            self.column.append_null();
        }
        self.begun = false;
    }

    pub(super) fn finish(&mut self) -> StringArray {
        self.column.finish()
    }

    /// Writes to the text of the row that `finish_row` ends. Writing to memory does not fail.
    fn write(&mut self, parts: &[&str]) {
        let _ = self.column.write_str(if self.begun { "," } else { "{" });
        self.begun = true;
        for part in parts {
            let _ = self.column.write_str(part);
        }
    }
}
