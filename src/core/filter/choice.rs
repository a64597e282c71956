//! What all listing calls take to choose: read once, all faults at once, with one reading of the clock; then
//! carried by the request, kept by whoever resumes it, and compared with what was asked before.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::absent::Sightings;
use super::bound::{Bound, Moment};
use super::condition::Condition;
use super::projection::Projection;
use super::sql::Fault;
use crate::core::error::{ErrorDetail, Loc};

/// What a caller asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChoiceRequest {
    /// `where=`.
    pub condition: Option<String>,
    pub fields: Option<Vec<String>>,
    pub since: Option<Moment>,
    pub until: Option<Moment>,
}

/// What a listing keeps: of which sessions, which fields, in which part of the list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    pub condition: Option<Arc<Condition>>,
    pub projection: Option<Arc<Projection>>,
    pub since: Option<Bound>,
    pub until: Option<Bound>,
}

/// A choice for another process or another day: everything relative is resolved.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ChoiceState {
    #[serde(rename = "where", skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// What `now()` stands for in the condition; microseconds since 1970, as all times here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub now: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fields: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<(i64, String)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<(i64, String)>,
}

impl Choice {
    /// Reads what a caller asks for; `now` is this machine's clock, in microseconds since 1970.
    ///
    /// # Errors
    /// With everything that is wrong, all at once.
    pub fn read(request: &ChoiceRequest, now: i64) -> Result<Self, Vec<ErrorDetail>> {
        let mut faults = Vec::new();
        let condition = request.condition.as_deref().map(|text| Condition::parse(text, now));
        let projection = request.fields.as_deref().map(Projection::parse);
        let mut bound = |name: &str, moment: &Option<Moment>| {
            let bound = moment.as_ref().map(|moment| Bound::resolve(moment, now));
            bound.and_then(|bound| bound.map_err(|fault| faults.push(detail(name, &fault))).ok())
        };
        let (since, until) = (bound("since", &request.since), bound("until", &request.until));
        if let (Some(since), Some(until)) = (&since, &until)
            && since.at >= until.at
        {
            faults.push(detail("since", &Fault::new(0, "must be before until")));
        }
        let condition = or_faults("where", condition, &mut faults).map(Arc::new);
        let projection = or_faults("fields", projection, &mut faults).map(Arc::new);
        if faults.is_empty() { Ok(Self { condition, projection, since, until }) } else { Err(faults) }
    }

    /// Whether the sessions of a listing have the names that nobody documents; `None` where every name is known.
    pub fn sightings(&self) -> Option<Sightings> {
        let condition = self.condition.iter().flat_map(|condition| condition.unknown());
        let projection = self.projection.iter().flat_map(|projection| projection.unknown());
        Sightings::of(condition.chain(projection))
    }

    /// Whether everything is kept.
    pub fn is_all(&self) -> bool {
        *self == Self::default()
    }

    /// What was asked for, by the names of the arguments. Two calls that ask for the same give the same, though
    /// what is relative means another moment in each.
    pub fn given(&self) -> [(&'static str, Option<String>); 4] {
        let given = |bound: &Option<Bound>| bound.as_ref().map(|bound| bound.given.clone());
        [
            ("where", self.condition.as_ref().map(ToString::to_string)),
            ("fields", self.projection.as_ref().map(|kept| names(kept).join(", "))),
            ("since", given(&self.since)),
            ("until", given(&self.until)),
        ]
    }

    /// The choice for another process.
    pub fn state(&self) -> ChoiceState {
        let bound = |bound: &Option<Bound>| bound.as_ref().map(|bound| (bound.at, bound.given.clone()));
        ChoiceState {
            condition: self.condition.as_ref().map(ToString::to_string),
            now: self.condition.as_ref().and_then(|condition| condition.now()),
            fields: self.projection.as_ref().map(|kept| names(kept)),
            since: bound(&self.since),
            until: bound(&self.until),
        }
    }

    /// The choice that [`Choice::state`] was taken of.
    ///
    /// # Errors
    /// When the state is of no choice of ours.
    pub fn restore(state: ChoiceState) -> Result<Self, Vec<ErrorDetail>> {
        let request =
            ChoiceRequest { condition: state.condition, fields: state.fields, ..Default::default() };
        let choice = Self::read(&request, state.now.unwrap_or(0))?;
        let bound = |(at, given): (i64, String)| Bound { at, given };
        Ok(Self { since: state.since.map(bound), until: state.until.map(bound), ..choice })
    }
}

fn names(projection: &Projection) -> Vec<String> {
    projection.names().iter().map(|name| name.text.to_string()).collect()
}

fn or_faults<T>(
    argument: &str,
    read: Option<Result<T, Vec<Fault>>>,
    faults: &mut Vec<ErrorDetail>,
) -> Option<T> {
    match read? {
        Ok(read) => Some(read),
        Err(found) => {
            faults.extend(found.iter().map(|fault| detail(argument, fault)));
            None
        }
    }
}

/// A fault of an argument, as the caller reads it.
fn detail(argument: &str, fault: &Fault) -> ErrorDetail {
    let msg = fault.to_string();
    let kind = "value_error";
    let raw = json!({"loc": [argument], "msg": msg, "type": kind}).to_string();
    ErrorDetail { loc: vec![Loc::Name(argument.to_owned())], msg, kind: kind.to_owned(), raw }
}
