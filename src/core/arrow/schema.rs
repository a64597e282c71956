//! The fixed schema: the Arrow type of each field. Which fields there are stands in [`fields`](crate::core::model::fields).

use std::sync::{Arc, LazyLock};

use crate::core::filter::{Name, Projection, Source};
use crate::core::model::fields::{FIELDS, Kind, USER_FIELDS};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};

/// The last column: JSON text of whatever has no other.
const EXTRA: &str = "extra";

/// The schema of every batch.
pub fn schema() -> SchemaRef {
    static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
        let fields = FIELDS.map(|(name, kind)| Field::new(name, data_type(kind), true));
        let user_fields = USER_FIELDS.map(|(_, name)| Field::new(name, DataType::Utf8, true));
        let extra = Field::new(EXTRA, DataType::Utf8, true);
        Arc::new(Schema::new(fields.into_iter().chain(user_fields).chain([extra]).collect::<Vec<_>>()))
    });
    SCHEMA.clone()
}

/// The schema of batches with these fields only, in the order given; `None` for all.
pub fn schema_of(projection: Option<&Projection>) -> SchemaRef {
    let Some(projection) = projection else { return schema() };
    let field = |name: &Name| {
        let kind = match &name.source {
            Source::Field(place) => FIELDS.get(*place).map(|(_, kind)| *kind),
            _ => None,
        };
        Field::new(&*name.text, kind.map_or(DataType::Utf8, data_type), true)
    };
    Arc::new(Schema::new(projection.names().iter().map(field).collect::<Vec<_>>()))
}

pub(super) fn data_type(kind: Kind) -> DataType {
    match kind {
        Kind::Text | Kind::Object | Kind::Any => DataType::Utf8,
        Kind::Moment => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        Kind::Integer => DataType::Int64,
        Kind::Float => DataType::Float64,
        Kind::Bool => DataType::Boolean,
        Kind::Texts => DataType::new_list(DataType::Utf8, true),
    }
}
