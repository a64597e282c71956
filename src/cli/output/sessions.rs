//! Sessions as a table for people: which fields are shown, and how each looks in a cell.

use anstyle::{AnsiColor, Style};

use super::Render;
use super::ending::minute;
use super::table::{Cell, Column, Table};
use crate::cli::frame::terminal::Stream;
use crate::core::filter::{Name, Projection, Source};
use crate::core::json::{Kind as Json, Value};
use crate::core::listing::rechunk::Page;
use crate::core::model::fields::{FIELDS, Kind, USER_FIELDS, USER_INFO};

// Colours that can be read on light and on dark.
const GREEN: Style = AnsiColor::Green.on_default();
const MAGENTA: Style = AnsiColor::Magenta.on_default();
const RED: Style = AnsiColor::Red.on_default();
const DIM: Style = Style::new().dimmed();

/// What is shown of a session where no fields were chosen, the most important first.
const SHOWN: [&str; 8] =
    ["session_id", "status", "last_message_at", "message_count", "rating", "created_at", "tags", "user_name"];

const LEAST_OF_ID: usize = 25;

/// A table of sessions.
pub(super) struct SessionTable {
    fields: Vec<Name>,
    table: Table,
}

impl SessionTable {
    pub fn new(fields: Option<Projection>, stream: Stream) -> Self {
        let usual = || Projection::parse(&SHOWN.map(str::to_owned)).ok();
        let fields = fields.or_else(usual).map(|chosen| chosen.names().to_vec()).unwrap_or_default();
        let columns = fields.iter().map(column).collect();
        Self { fields, table: Table::new(columns, stream) }
    }
}

impl Render for SessionTable {
    fn page(&mut self, page: &Page, text: &mut Vec<u8>) {
        let row = |session| self.fields.iter().map(|field| cell(field, session)).collect();
        self.table.rows(page.sessions().map(row), text);
    }

    fn finish(&mut self, text: &mut Vec<u8>) {
        self.table.finish(text);
    }

    fn left_out(&self) -> Option<String> {
        self.table.left_out()
    }
}

fn kind(field: &Name) -> Kind {
    match field.source {
        Source::Field(place) => FIELDS.get(place).map_or(Kind::Any, |(_, kind)| *kind),
        _ => Kind::Any,
    }
}

fn column(field: &Name) -> Column {
    let kind = kind(field);
    let right = matches!(kind, Kind::Integer | Kind::Float);
    let least = match &*field.text {
        "status" => usize::MAX,
        // Enough to tell one from another, and to find it again.
        name if name.ends_with("_id") => LEAST_OF_ID,
        _ if right || matches!(kind, Kind::Moment | Kind::Bool) => usize::MAX,
        _ => 0,
    };
    Column { name: field.text.to_string(), right, least }
}

fn cell(field: &Name, session: Value<'_>) -> Cell {
    let name_of = |table: &[(&'static str, Kind)], place: usize| table.get(place).map(|(name, _)| *name);
    let value = match &field.source {
        Source::Field(place) => name_of(&FIELDS, *place).and_then(|name| session.get(name)),
        Source::User(place) => {
            let profile = name_of(&FIELDS, USER_INFO).and_then(|name| session.get(name));
            profile.zip(USER_FIELDS.get(*place)).and_then(|(profile, (name, _))| profile.get(name))
        }
        Source::Path(path) => path.find(session),
        Source::Extra => return extra(session),
    };
    let Some(value) = value.filter(|value| !value.is_null()) else { return Cell::default() };
    let cell = Cell::new(&shown(kind(field), value));
    let style = if &*field.text == "status" { style_of_status(&cell.text) } else { None };
    Cell { style, ..cell }
}

/// Whatever has no column of its own.
fn extra(session: Value<'_>) -> Cell {
    let is_known = |key: &Value<'_>| FIELDS.iter().any(|(name, _)| key.as_str() == Some(*name));
    let others = session.entries().with_keys().filter(|(key, _)| !is_known(key));
    let parts: Vec<String> = others.map(|(key, value)| format!("{}:{}", key.raw(), value.raw())).collect();
    if parts.is_empty() { Cell::default() } else { Cell::new(&format!("{{{}}}", parts.join(","))) }
}

fn shown(kind: Kind, value: Value<'_>) -> String {
    match (kind, value.kind()) {
        (Kind::Moment, Json::String(text)) => text.as_str().map_or_else(|| value.raw().to_owned(), minute),
        (_, Json::String(text)) => text.as_str().unwrap_or_else(|| value.raw()).to_owned(),
        (Kind::Texts, Json::Array(elements)) => {
            let texts: Vec<&str> = elements.map(|it| it.as_str().unwrap_or_else(|| it.raw())).collect();
            texts.join(", ")
        }
        _ => value.raw().to_owned(),
    }
}

fn style_of_status(status: &str) -> Option<Style> {
    match status {
        "active" | "open" => Some(GREEN),
        "idle" | "pending" | "waiting" => Some(MAGENTA),
        "abandoned" | "failed" | "error" => Some(RED),
        "closed" | "ended" | "completed" => Some(DIM),
        _ => None,
    }
}
