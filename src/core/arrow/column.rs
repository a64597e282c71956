//! One column in the making: it takes the values that fit its type and hands back the others.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::builder::{
    BooleanBuilder, Float64Builder, Int64Builder, ListBuilder, StringBuilder, TimestampMicrosecondBuilder,
};

use super::schema;
use crate::core::json::Value;
use crate::core::model::fields::{Kind, any, float, integer, is_texts, moment, object, truth};

pub(super) enum Column {
    Text(StringBuilder),
    Moment(TimestampMicrosecondBuilder),
    Integer(Int64Builder),
    Float(Float64Builder),
    Bool(BooleanBuilder),
    Texts(ListBuilder<StringBuilder>),
    Object(StringBuilder),
    Any(StringBuilder),
}

impl Column {
    pub(super) fn new(kind: Kind) -> Self {
        match kind {
            Kind::Text => Self::Text(StringBuilder::new()),
            Kind::Moment => {
                Self::Moment(TimestampMicrosecondBuilder::new().with_data_type(schema::data_type(kind)))
            }
            Kind::Integer => Self::Integer(Int64Builder::new()),
            Kind::Float => Self::Float(Float64Builder::new()),
            Kind::Bool => Self::Bool(BooleanBuilder::new()),
            Kind::Texts => Self::Texts(ListBuilder::new(StringBuilder::new())),
            Kind::Object => Self::Object(StringBuilder::new()),
            Kind::Any => Self::Any(StringBuilder::new()),
        }
    }

    /// Adds a value, or a null where there is none or it does not fit; the value that does not fit comes back.
    pub(super) fn append<'a>(&mut self, value: Option<Value<'a>>) -> Option<Value<'a>> {
        let value = value.filter(|value| !value.is_null());
        let fits = match self {
            Self::Text(column) => push(value.and_then(Value::as_str), |text| column.append_option(text)),
            Self::Moment(column) => push(value.and_then(moment), |micros| column.append_option(micros)),
            Self::Integer(column) => push(value.and_then(integer), |number| column.append_option(number)),
            Self::Float(column) => push(value.and_then(float), |number| column.append_option(number)),
            Self::Bool(column) => push(value.and_then(truth), |truth| column.append_option(truth)),
            Self::Texts(column) => push_texts(column, value),
            Self::Object(column) => push(value.and_then(object), |text| column.append_option(text)),
            Self::Any(column) => push(value.and_then(any), |text| column.append_option(text)),
        };
        value.filter(|_| !fits)
    }

    pub(super) fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(column) | Self::Object(column) | Self::Any(column) => Arc::new(column.finish()),
            Self::Moment(column) => Arc::new(column.finish()),
            Self::Integer(column) => Arc::new(column.finish()),
            Self::Float(column) => Arc::new(column.finish()),
            Self::Bool(column) => Arc::new(column.finish()),
            Self::Texts(column) => Arc::new(column.finish()),
        }
    }
}

/// Adds what fits, or a null; says which.
#[inline]
fn push<T>(value: Option<T>, append: impl FnOnce(Option<T>)) -> bool {
    let fits = value.is_some();
    append(value);
    fits
}

/// Adds a list whose elements are all text or null.
fn push_texts(column: &mut ListBuilder<StringBuilder>, value: Option<Value<'_>>) -> bool {
    let list = value.filter(|value| is_texts(*value));
    for text in list.into_iter().flat_map(Value::elements) {
        column.values().append_option(text.as_str());
    }
    column.append(list.is_some());
    list.is_some()
}
