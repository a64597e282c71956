//! The keywords of the public functions, each written once: what `inspect.signature` shows of the compiled
//! methods, what the asyncio twin shows, and what the stubs must say. `make stubs` writes the latter.
//! How a value is read is not known here; `listing_request`, `request` and `settings` read them.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyInt, PyTuple};

use crate::core::model::likeness::nearest_or_longer;

/// A keyword argument as Python code would declare it.
pub struct Keyword {
    name: &'static str,
    /// Its annotation; the names in it are of `blocks_sessions._types`.
    kind: &'static str,
    default: &'static str,
}

/// Rows as part of a text signature: `, agent_id=None, offset=0`.
macro_rules! text {
    ($($name:literal : $kind:literal = $default:literal,)*) => { concat!($(", ", $name, "=", $default),*) };
}
/// Rows as part of the text signature of a function that leaves alone what it is not given.
macro_rules! unchanged {
    ($($name:literal : $kind:literal = $default:literal,)*) => { concat!($(", ", $name, "=..."),*) };
}
/// Rows as a table.
macro_rules! table {
    ($($name:literal : $kind:literal = $default:literal,)*) => {
        &[$(Keyword { name: $name, kind: $kind, default: $default }),*]
    };
}
pub(crate) use {text, unchanged};

/// The settings of both clients.
macro_rules! client_keywords {
    ($form:ident) => {
        $form! {
            "agent_id": "str | None" = "None",
            "blocks_key": "str | None" = "None",
            "access_token": "AccessToken | None" = "None",
            "client_id": "str | None" = "None",
            "client_secret": "str | None" = "None",
            "base_url": "str | None" = "None",
            "timeout": "float | Timeout | None" = "None",
            "max_retries": "int | None" = "None",
            "max_concurrency": "int | None" = "None",
            "max_connections": "int | None" = "None",
            "max_requests_per_second": "float | None" = "None",
            "retry_budget": "int | None" = "None",
            "headers": "Mapping[str, str | None] | None" = "None",
            "proxy": "str | None" = "None",
            "ca_bundle": "str | PathLike[str] | None" = "None",
            "client_cert": "ClientCert | None" = "None",
            "cache_ttl": "float | None" = "None",
            "mask": "Mask | str | PathLike[str] | None" = "None",
            "consistency": "Consistency | None" = "None",
            "progress": "Progress | None" = "None",
            "on_event": "OnEvent | None" = "None",
        }
    };
}
pub(crate) use client_keywords;
const CLIENT: &[Keyword] = client_keywords!(table);

/// What one page is asked for with.
macro_rules! page_keywords {
    ($form:ident) => {
        $form! {
            "agent_id": "str | None" = "None",
            "limit": "int" = "100",
            "offset": "int" = "0",
            "where": "str | None" = "None",
            "fields": "Sequence[str] | None" = "None",
            "extra_body": "Mapping[str, object] | None" = "None",
            "timeout": "float | Timeout | None" = "None",
            "max_retries": "int | None" = "None",
            "extra_headers": "Mapping[str, str | None] | None" = "None",
        }
    };
}
pub(crate) use page_keywords;
const PAGE: &[Keyword] = page_keywords!(table);

/// What everything takes that reads a whole listing.
macro_rules! listing_keywords {
    ($form:ident) => {
        $form! {
            "agent_id": "str | None" = "None",
            "where": "str | None" = "None",
            "fields": "Sequence[str] | None" = "None",
            "since": "Moment | None" = "None",
            "until": "Moment | None" = "None",
            "offset": "int" = "0",
            "max_items": "int | None" = "None",
            "consistency": "Consistency | None" = "None",
            "progress": "Progress | None" = "None",
            "max_concurrency": "int | None" = "None",
            "extra_body": "Mapping[str, object] | None" = "None",
            "timeout": "float | Timeout | None" = "None",
            "max_retries": "int | None" = "None",
            "extra_headers": "Mapping[str, str | None] | None" = "None",
            "deadline": "float | None" = "None",
        }
    };
}
pub(crate) use listing_keywords;
const LISTING: &[Keyword] = listing_keywords!(table);

/// What counting takes.
macro_rules! count_keywords {
    ($form:ident) => {
        $form! {
            "where": "str | None" = "None",
            "since": "Moment | None" = "None",
            "until": "Moment | None" = "None",
            "agent_id": "str | None" = "None",
            "consistency": "Consistency | None" = "None",
            "progress": "Progress | None" = "None",
            "max_concurrency": "int | None" = "None",
            "extra_body": "Mapping[str, object] | None" = "None",
            "timeout": "float | Timeout | None" = "None",
            "max_retries": "int | None" = "None",
            "extra_headers": "Mapping[str, str | None] | None" = "None",
            "deadline": "float | None" = "None",
        }
    };
}
pub(crate) use count_keywords;
const COUNT: &[Keyword] = count_keywords!(table);

/// What a listing takes too whose pages somebody may see.
macro_rules! page_size_keyword {
    ($form:ident) => {
        $form! {
            "page_size": "int" = "100",
        }
    };
}
pub(crate) use page_size_keyword;
const PAGE_SIZE: &[Keyword] = page_size_keyword!(table);

/// How an export is written.
macro_rules! export_keywords {
    ($form:ident) => {
        $form! {
            "format": "str | None" = "None",
            "compression": "str" = "'infer'",
            "compression_level": "int | None" = "None",
            "resume": "bool | None" = "None",
            "overwrite": "bool" = "False",
            "spreadsheet_safe": "bool" = "False",
        }
    };
}
pub(crate) use export_keywords;
const EXPORT: &[Keyword] = export_keywords!(table);

/// What a list is cut into parts with.
macro_rules! partition_keywords {
    ($form:ident) => {
        $form! {
            "agent_id": "str | None" = "None",
            "where": "str | None" = "None",
            "fields": "Sequence[str] | None" = "None",
            "since": "Moment | None" = "None",
            "until": "Moment | None" = "None",
            "max_concurrency": "int | None" = "None",
            "extra_body": "Mapping[str, object] | None" = "None",
            "timeout": "float | Timeout | None" = "None",
            "max_retries": "int | None" = "None",
            "extra_headers": "Mapping[str, str | None] | None" = "None",
            "deadline": "float | None" = "None",
        }
    };
}
pub(crate) use partition_keywords;
const PARTITION: &[Keyword] = partition_keywords!(table);

/// What asking for the service alone takes.
macro_rules! ping_keywords {
    ($form:ident) => {
        $form! {
            "timeout": "float | Timeout | None" = "None",
            "max_retries": "int | None" = "None",
            "extra_headers": "Mapping[str, str | None] | None" = "None",
        }
    };
}
pub(crate) use ping_keywords;
const PING: &[Keyword] = ping_keywords!(table);

const PROJECT_KEY: &[Keyword] = &[Keyword { name: "project_key", kind: "str | None", default: "None" }];

/// A function whose signature is kept here, under its name in either client.
struct Function {
    name: &'static str,
    keywords: &'static [&'static [Keyword]],
    /// What is most likely meant by a number that is given without a name.
    number: &'static str,
}

const FUNCTIONS: &[Function] = &[
    Function { name: "SessionsClient", keywords: &[PROJECT_KEY, CLIENT], number: "timeout" },
    Function { name: "with_options", keywords: &[PROJECT_KEY, CLIENT], number: "timeout" },
    Function { name: "list", keywords: &[PAGE], number: "limit" },
    Function { name: "iter_sessions", keywords: &[LISTING, PAGE_SIZE], number: "max_items" },
    Function { name: "iter_pages", keywords: &[LISTING, PAGE_SIZE], number: "page_size" },
    Function { name: "count", keywords: &[COUNT], number: "timeout" },
    Function { name: "dataset", keywords: &[LISTING, PAGE_SIZE], number: "max_items" },
    Function { name: "export", keywords: &[LISTING, EXPORT], number: "max_items" },
    Function { name: "partitions", keywords: &[PARTITION], number: "n" },
    Function { name: "ping", keywords: &[PING], number: "timeout" },
    Function { name: "collect", keywords: &[LISTING, PAGE_SIZE], number: "max_items" },
];

/// What other clients call a keyword, and what it is called here, the likeliest first.
const OTHER_NAMES: &[(&str, &[&str])] = &[
    ("limit", &["page_size", "max_items"]),
    ("page_size", &["limit"]),
    ("max_items", &["limit"]),
    ("api_key", &["project_key"]),
    ("filter", &["where"]),
    ("filters", &["where"]),
    ("condition", &["where"]),
    ("columns", &["fields"]),
    ("select", &["fields"]),
    ("after", &["since"]),
    ("start", &["since"]),
    ("before", &["until"]),
    ("end", &["until"]),
    ("per_page", &["page_size", "limit"]),
    ("size", &["page_size", "limit"]),
    ("top", &["max_items", "limit"]),
    ("first", &["max_items", "limit"]),
    ("skip", &["offset"]),
    ("status", &["where"]),
    ("session_id", &["where"]),
    ("user_id", &["where"]),
    ("api_url", &["base_url"]),
    ("proxies", &["proxy"]),
    ("cert", &["ca_bundle"]),
    ("ssl_verify", &["ca_bundle"]),
    ("endpoint", &["base_url"]),
    ("host", &["base_url"]),
    ("verify", &["ca_bundle"]),
    ("rate_limit", &["max_requests_per_second"]),
    ("cert", &["client_cert"]),
    ("callback", &["on_event"]),
];

impl Function {
    fn named(name: &str) -> Option<&'static Self> {
        let name = name.trim_start_matches("Async");
        FUNCTIONS.iter().find(|function| function.name == name)
    }

    fn keywords(&self) -> impl Iterator<Item = &'static Keyword> {
        self.keywords.iter().copied().flatten()
    }

    /// The keywords that were meant, most likely, by one that the function does not have.
    fn nearest(&self, name: &str) -> Vec<&'static str> {
        let known = || self.keywords().map(|keyword| keyword.name);
        let others = OTHER_NAMES.iter().find(|(other, _)| *other == name);
        let found: Vec<_> =
            others.into_iter().flat_map(|(_, names)| known().filter(|known| names.contains(known))).collect();
        if !found.is_empty() {
            return found;
        }
        let known: Vec<_> = known().collect();
        let meant = nearest_or_longer(name, known.iter().copied());
        known.into_iter().find(|known| Some(*known) == meant).into_iter().collect()
    }
}

/// What to call instead with a keyword that one page does not take, and a whole listing does.
fn elsewhere(function: &str, name: &str) -> Option<&'static str> {
    // These have a counterpart here.
    if function != "list" || ["max_items", "page_size"].contains(&name) {
        return None;
    }
    if ["since", "until"].contains(&name) {
        return Some(
            "list() reads one page, which has no bounds: iter_sessions() and collect() take them, and \
             where=\"last_message_at >= '2026-01-31'\" keeps a part of the page",
        );
    }
    let is_listing = LISTING.iter().any(|keyword| keyword.name == name);
    is_listing.then_some("list() reads one page; iter_sessions() and collect() take it")
}

/// The error of a keyword that a function does not have, with the one that was meant, most likely.
pub fn unexpected(function: &str, name: &str) -> PyErr {
    let nearest = Function::named(function).map(|function| function.nearest(name)).unwrap_or_default();
    let hint = match (elsewhere(function, name), nearest.as_slice()) {
        (Some(hint), _) => format!("; {hint}"),
        (None, []) => String::new(),
        (None, names) => format!("; did you mean '{}'?", names.join("' or '")),
    };
    PyTypeError::new_err(format!("{function}() got an unexpected keyword argument '{name}'{hint}"))
}

/// Refuses keywords that a function does not have.
pub fn check_names(function: &str, options: &Bound<'_, PyDict>) -> PyResult<()> {
    let Some(known) = Function::named(function) else { return Ok(()) };
    for name in options.keys() {
        let name: String = name.extract()?;
        if !known.keywords().any(|keyword| keyword.name == name) {
            return Err(unexpected(function, &name));
        }
    }
    Ok(())
}

/// Refuses arguments that were given without their names, with the one that was meant, most likely.
pub fn check_named(function: &str, arguments: &Bound<'_, PyTuple>) -> PyResult<()> {
    let Ok(first) = arguments.get_item(0) else { return Ok(()) };
    let number = Function::named(function).map_or("agent_id", |function| function.number);
    let meant = if first.is_instance_of::<PyInt>() { number } else { "agent_id" };
    let (places, given) = match (function, arguments.len()) {
        ("export" | "partitions", given) => ("1", given + 1),
        ("SessionsClient" | "AsyncSessionsClient", given) => ("from 0 to 1", given + 1),
        (_, given) => ("0", given),
    };
    let were = if given == 1 { "was" } else { "were" };
    Err(PyTypeError::new_err(format!(
        "{function}() takes {places} positional arguments but {given} {were} given; \
         name them, as in {function}({meant}=...)"
    )))
}

/// The keywords of each function: `{function: [(name, annotation, default), ...]}`.
#[pyfunction]
pub(crate) fn _signatures(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let functions = PyDict::new(py);
    for function in FUNCTIONS {
        let rows = function.keywords().map(|keyword| (keyword.name, keyword.kind, keyword.default));
        functions.set_item(function.name, rows.collect::<Vec<_>>())?;
    }
    Ok(functions)
}
