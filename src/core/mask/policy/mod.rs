//! A policy: which field gets which treatment, what the detectors do, what is done to the rest.
//! It is checked whole when it is made, so that no answer can meet a rule that means nothing. The room sees no
//! session and no value, and knows neither keys nor how a treatment is carried out.

mod file;
pub(super) mod matcher;
mod nearest;
pub(super) mod patterns;
mod preset;
mod selector;
pub(super) mod treatment;

use ring::digest;

use super::kind::{self, Kind};
use crate::core::model::hex::short_hex;
pub use file::PolicyFile;
use matcher::{Matcher, Rule, Tier};
use patterns::Patterns;
use preset::Preset;
use selector::Selector;
use treatment::Treatment;
pub(super) use treatment::parse_kind;

/// A policy as it is written, in Python, in a file or on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicySpec {
    pub preset: String,
    /// Selector and treatment, in the order written.
    pub fields: Vec<(String, String)>,
    /// What is done to a field that nothing names: `drop`, `redact` or `text`.
    pub unknown: String,
    /// Kind and treatment of what the detectors find.
    pub detect: Vec<(String, String)>,
    /// Name and regular expression.
    pub patterns: Vec<(String, String)>,
    /// Whether a session's own names, addresses, phones and ids are searched for in its texts.
    pub own_values: bool,
    pub scope: String,
}

impl Default for PolicySpec {
    fn default() -> Self {
        Self {
            preset: "gdpr".to_owned(),
            fields: Vec::new(),
            unknown: "drop".to_owned(),
            detect: Vec::new(),
            patterns: Vec::new(),
            own_values: true,
            scope: String::new(),
        }
    }
}

/// A policy that was checked.
#[derive(Debug)]
pub struct Policy {
    spec: PolicySpec,
    preset: Preset,
    pub(super) matcher: Matcher,
    pub(super) patterns: Patterns,
    pub(super) unknown: Treatment,
    /// By [`Kind::index`].
    found: Vec<Treatment>,
}

impl Policy {
    /// # Errors
    /// One sentence about the first thing that is wrong.
    pub fn new(spec: PolicySpec) -> Result<Self, String> {
        let preset = parse_preset(&spec.preset)?;
        let patterns = Patterns::new(&spec.patterns)?;
        let unknown = parse_unknown(&spec.unknown)?;
        let found = found(preset, &spec.detect, &patterns)?;
        let matcher = Matcher::new(rules(preset, &spec.fields, &patterns)?)?;
        if spec.scope.contains('\0') {
            return Err(
                "the scope holds a NUL character, which separates it from what follows it.".to_owned()
            );
        }
        Ok(Self { spec, preset, matcher, patterns, unknown, found })
    }

    pub fn spec(&self) -> &PolicySpec {
        &self.spec
    }

    /// What is done to what the detectors find of this kind.
    pub(super) fn found(&self, kind: Kind) -> Treatment {
        self.found.get(kind.index()).copied().unwrap_or(Treatment::Redact)
    }

    /// The name of a kind, a pattern's included.
    pub fn name_of(&self, kind: Kind) -> &str {
        match kind {
            Kind::Pattern(pattern) => self.patterns.name(pattern),
            _ => kind.name(),
        }
    }

    /// The name of the kind with that [`Kind::index`].
    pub(super) fn name_at(&self, index: usize) -> &str {
        match index.checked_sub(kind::NAMED.len()) {
            Some(pattern) => self.patterns.name(u16::try_from(pattern).unwrap_or(u16::MAX)),
            None => kind::NAMED.get(index).map_or("value", |(_, name)| name),
        }
    }

    /// The names of the policy's own patterns.
    pub(super) fn pattern_names(&self) -> &[String] {
        self.patterns.names()
    }

    /// The treatment as the policy would write it.
    pub fn write(&self, treatment: Treatment) -> String {
        treatment.write(|kind| self.name_of(kind).to_owned())
    }

    /// Whether any pseudonym can come of it, so that a key matters.
    pub fn makes_tokens(&self) -> bool {
        self.matcher.rules().any(|rule| rule.treatment.is_token()) || self.found.iter().any(|t| t.is_token())
    }

    /// The policy as one text that two equal policies share, whatever the order of their parts.
    fn canonical(&self) -> String {
        let spec = &self.spec;
        let sorted = |pairs: &[(String, String)]| {
            let mut lines: Vec<String> =
                pairs.iter().map(|(name, value)| format!("{name:?}={value:?}")).collect();
            lines.sort();
            lines.join(",")
        };
        let (fields, detect, patterns) = (sorted(&spec.fields), sorted(&spec.detect), sorted(&spec.patterns));
        let (unknown, own, scope) = (&spec.unknown, spec.own_values, &spec.scope);
        let preset = self.preset.name();
        format!("blocks-mask/1 policy;{preset};{fields};{unknown};{detect};{patterns};{own};{scope:?}")
    }

    /// Sixteen hexadecimal digits that change with the policy; its key is no part of it.
    pub fn fingerprint(&self) -> String {
        let hash = digest::digest(&digest::SHA256, self.canonical().as_bytes());
        short_hex(hash.as_ref())
    }
}

/// Whether a preset has that name.
pub fn is_preset(name: &str) -> bool {
    preset::NAMES.iter().any(|(known, _)| *known == name)
}

fn parse_preset(name: &str) -> Result<Preset, String> {
    let found = preset::NAMES.iter().find(|(known, _)| *known == name).map(|(_, preset)| *preset);
    found.ok_or_else(|| {
        let hint = nearest::hint(name, preset::NAMES.iter().map(|(known, _)| *known));
        format!("unknown preset {name:?}{hint} Known are gdpr, training and none.")
    })
}

fn parse_unknown(name: &str) -> Result<Treatment, String> {
    match name {
        "drop" => Ok(Treatment::Drop),
        "redact" => Ok(Treatment::Redact),
        "text" => Ok(Treatment::Text),
        other => {
            let hint = nearest::hint(other, ["drop", "redact", "text"].into_iter());
            Err(format!("unknown={other:?} is none of drop, redact and text{hint}"))
        }
    }
}

/// The rules of the preset and of the policy; two of the policy's that contradict each other are an error.
fn rules(preset: Preset, fields: &[(String, String)], patterns: &Patterns) -> Result<Vec<Rule>, String> {
    let mut rules = Vec::new();
    for (path, treatment) in preset.rows() {
        rules.push(Rule { selector: Selector::parse(path)?, treatment, tier: Tier::Preset });
    }
    for (path, treatment) in fields {
        let selector = Selector::parse(path)?;
        let treatment = Treatment::parse(treatment, patterns.names())
            .map_err(|why| format!("fields[{path:?}]: {why}"))?;
        let new = Rule { selector, treatment, tier: Tier::Policy };
        if let Some(other) = rules.iter().find(|rule| new.contradicts(rule)) {
            let (a, b) = (other.selector.text(), new.selector.text());
            return Err(format!(
                "the selectors {a:?} and {b:?} are equally specific, can match one path, and differ in treatment. Make one of them more specific."
            ));
        }
        rules.push(new);
    }
    Ok(rules)
}

/// What is done to what the detectors find, by kind.
fn found(preset: Preset, detect: &[(String, String)], patterns: &Patterns) -> Result<Vec<Treatment>, String> {
    let mut found = vec![Treatment::Redact; kind::NAMED.len() + patterns.names().len()];
    let mut set = |kind: Kind, treatment| {
        if let Some(place) = found.get_mut(kind.index()) {
            *place = treatment;
        }
    };
    set(Kind::Email, preset.found_email());
    set(Kind::Url, Treatment::Url);
    for (kind, treatment) in detect {
        let parsed = parse_kind(kind, patterns.names()).map_err(|why| format!("detect: {why}"))?;
        if matches!(parsed, Kind::Value | Kind::Location | Kind::UserAgent) {
            return Err(format!("detect: no detector finds the kind {kind:?}."));
        }
        let treatment = Treatment::parse(treatment, patterns.names())
            .map_err(|why| format!("detect[{kind:?}]: {why}"))?;
        let fits = match treatment {
            Treatment::Coarse | Treatment::Text => false,
            Treatment::Url => parsed == Kind::Url,
            _ => true,
        };
        if !fits {
            return Err(format!(
                "detect[{kind:?}]: what is found can be kept, dropped, redacted, made a token or shown in part, and a url can be cut to its path."
            ));
        }
        set(parsed, treatment);
    }
    Ok(found)
}
