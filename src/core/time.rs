//! The one parser of timestamps, for attributes and for columns.
