//! What `partitions` of both clients stands on: plans, parts and evidence cross as the JSON text that the core makes
//! of them, ids as bytes, sixteen each. What users meet is written in Python, in `blocks_sessions.partition`.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyTuple};
use serde::de::DeserializeOwned;

use crate::core::client::Client;
use crate::core::error::{Error, Result};
use crate::core::listing::ListingRequest;
use crate::core::model::report::ListingReport;
use crate::core::model::row_facts::IdClass;
use crate::core::partition::{Part, PartEvidence, PartitionPlan, class_of, read};
use crate::python::convert::arguments::argument::whole;
use crate::python::convert::arguments::listing_request::{Defaults, ListingArguments};
use crate::python::convert::arguments::signature::{check_named, check_names};
use crate::python::convert::errors::to_python_error;
use crate::python::convert::report::report_to_python;
use crate::python::listing::pages::Pages;
use crate::python::runtime::wait;

/// The one argument that need not be named.
const NUMBER: &str = "n";
/// What a plan resolves, so that parts need not be asked for with it again.
const CHOSEN: [&str; 4] = ["where", "fields", "since", "until"];
const ID_BYTES: usize = 16;

/// What `partitions` is asked for with.
pub struct PartitionArguments<'py> {
    pub request: ListingRequest,
    pub n: i64,
    /// How parts are asked for: whatever the plan does not resolve.
    pub options: Bound<'py, PyDict>,
}

impl<'py> PartitionArguments<'py> {
    /// Reads `n`, by place or by name, and keyword arguments; `None` means not given.
    pub fn read(
        py: Python<'py>,
        arguments: &Bound<'py, PyTuple>,
        options: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Self> {
        let options = options.map_or_else(|| Ok(PyDict::new(py)), PyDictMethods::copy)?;
        let by_name = options.get_item(NUMBER)?;
        if by_name.is_some() {
            options.del_item(NUMBER)?;
        }
        check_names("partitions", &options)?;
        let n = number(arguments, by_name)?;
        let request = request(py, &options)?;
        for name in CHOSEN {
            if options.contains(name)? {
                options.del_item(name)?;
            }
        }
        Ok(Self { request, n, options })
    }
}

fn number(arguments: &Bound<'_, PyTuple>, by_name: Option<Bound<'_, PyAny>>) -> PyResult<i64> {
    let number = match (arguments.get_item(0).ok(), by_name) {
        (Some(_), Some(_)) => {
            return Err(PyTypeError::new_err("partitions() got multiple values for argument 'n'"));
        }
        (None, None) => {
            return Err(PyTypeError::new_err("partitions() missing 1 required positional argument: 'n'"));
        }
        (Some(number), None) | (None, Some(number)) => number,
    };
    check_named("partitions", &arguments.get_slice(1, arguments.len()))?;
    whole(NUMBER, &number)
}

/// Whose sessions, and how they are asked for.
fn request(py: Python<'_>, options: &Bound<'_, PyDict>) -> PyResult<ListingRequest> {
    Ok(ListingArguments::read(py, "partitions", Some(options), Defaults::none())?.request)
}

/// A plan, as text.
pub async fn plan(client: Client, request: ListingRequest, n: i64, nulls: bool) -> Result<String> {
    written(&read::plan(client, request, n, nulls).await?)
}

/// The listing of a part.
pub fn part_listing(py: Python<'_>, part: &str, options: &Bound<'_, PyDict>) -> PyResult<ListingArguments> {
    let request = known::<Part>(part)?.request(&request(py, options)?);
    let request = request.map_err(|error| to_python_error(&error))?;
    Ok(ListingArguments { request, progress: None })
}

/// What a settling is to know: the plan, the evidence of its parts, the ids that they yielded (of all classes or of
/// the one), how many classes there are, and which it is.
pub type Known = (String, Vec<String>, Vec<u8>, u32, u32);

/// The listing of what no part yielded; `None` where nothing can be left.
pub fn settling(
    py: Python<'_>,
    known_so_far: &Known,
    options: &Bound<'_, PyDict>,
) -> PyResult<Option<ListingArguments>> {
    let (plan, evidence, ids, classes, class) = known_so_far;
    let plan = known::<PartitionPlan>(plan)?;
    let evidence = all_known::<PartEvidence>(evidence)?;
    let class = (*classes > 1).then_some(IdClass { classes: *classes, class: *class });
    let request = plan.settling(&request(py, options)?, &evidence, hashes(ids), class);
    let request = request.map_err(|error| to_python_error(&error))?;
    Ok(request.map(|request| ListingArguments { request, progress: None }))
}

/// What reading a part came to, as text, and the hashes of the ids that it yielded.
pub fn evidence<'py>(
    py: Python<'py>,
    pages: &Pages,
    part: &str,
    arrived: bool,
) -> PyResult<(String, Bound<'py, PyBytes>)> {
    let part = known::<Part>(part)?;
    let listing = pages.listing()?;
    if !listing.is_finished() || !arrived {
        return Err(to_python_error(&Error::Configuration(
            "the part was not read to its end, and only that gives its evidence".to_owned(),
        )));
    }
    let (text, ids) = wait(py, async {
        let evidence = part.evidence(listing).await;
        Ok((written(&evidence)?, listing.ids().await))
    })?;
    let bytes: Vec<u8> = ids.iter().flat_map(|id| id.to_le_bytes()).collect();
    Ok((text, PyBytes::new(py, &bytes)))
}

/// A listing's report, as the core reads it again.
pub fn report_text(pages: &Pages, unread: usize) -> PyResult<String> {
    written(&pages.listing()?.report().without(unread)).map_err(|error| to_python_error(&error))
}

/// What parts and their settling came to together.
#[pyfunction]
pub(crate) fn _settled_report<'py>(
    py: Python<'py>,
    plan: &str,
    evidence: Vec<String>,
    late: Option<&str>,
    held: u64,
) -> PyResult<Bound<'py, PyAny>> {
    let late = late.map(known::<ListingReport>).transpose()?;
    let yielded = held + late.as_ref().map_or(0, |late| late.yielded);
    let report = known::<PartitionPlan>(plan)?.report(&all_known(&evidence)?, late.as_ref(), yielded);
    report_to_python(py, &report)
}

/// The report of a part.
#[pyfunction]
pub(crate) fn _evidence_report<'py>(py: Python<'py>, evidence: &str) -> PyResult<Bound<'py, PyAny>> {
    report_to_python(py, &known::<PartEvidence>(evidence)?.report)
}

/// The class of each id, as 32-bit integers in this machine's order.
#[pyfunction]
pub(crate) fn _classes<'py>(py: Python<'py>, ids: &[u8], classes: u32) -> Bound<'py, PyBytes> {
    let classes = hashes(ids).into_iter().flat_map(|id| class_of(id, classes).to_ne_bytes());
    PyBytes::new(py, &classes.collect::<Vec<u8>>())
}

fn hashes(ids: &[u8]) -> Vec<u128> {
    let read = |id: &[u8]| id.try_into().ok().map(u128::from_le_bytes);
    ids.chunks_exact(ID_BYTES).filter_map(read).collect()
}

fn written(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::Configuration(error.to_string()))
}

/// What text of ours says. What is wrong with another's is not shown: it may be anything.
fn known<T: DeserializeOwned>(text: &str) -> PyResult<T> {
    serde_json::from_str(text).map_err(|_| {
        to_python_error(&Error::Configuration(
            "this plan, part or evidence is damaged, or was made by another version: plan again".to_owned(),
        ))
    })
}

fn all_known<T: DeserializeOwned>(texts: &[String]) -> PyResult<Vec<T>> {
    texts.iter().map(|text| known(text)).collect()
}
