//! The one table of the settings that a profile may hold. A new setting of a client is added here.

/// What a setting holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    /// May stand in a file instead, under the setting's name and `_file`.
    Secret,
    /// Shown without its user and password.
    Address,
    Path,
    Integer,
    Number,
    /// Seconds for one attempt, or a table of `attempt`, `connect` and `total`.
    Timeout,
    /// Texts by name, which may be secrets.
    Headers,
}

/// One setting.
#[derive(Debug, PartialEq, Eq)]
pub struct Setting {
    pub name: &'static str,
    pub kind: Kind,
    /// The variables of the environment that give it, the first that is set.
    pub variables: &'static [&'static str],
    /// As it is shown where nobody gives it.
    pub default: &'static str,
}

const fn setting(
    name: &'static str,
    kind: Kind,
    variables: &'static [&'static str],
    default: &'static str,
) -> Setting {
    Setting { name, kind, variables, default }
}

/// All of them, in the order in which they are shown.
pub const SETTINGS: &[Setting] = &[
    setting("base_url", Kind::Address, &["BLOCKS_API_URL"], super::super::DEFAULT_BASE_URL),
    setting("agent_id", Kind::Text, &["BLOCKS_AGENT_ID"], ""),
    setting("project_key", Kind::Secret, &["BLOCKS_PROJECT_KEY", "X_BLOCKS_KEY"], ""),
    setting("blocks_key", Kind::Secret, &["X_BLOCKS_KEY"], "the project_key"),
    setting("access_token", Kind::Secret, &["BLOCKS_ACCESS_TOKEN"], ""),
    setting("client_id", Kind::Text, &["BLOCKS_CLIENT_ID"], ""),
    setting("client_secret", Kind::Secret, &["BLOCKS_CLIENT_SECRET"], ""),
    setting("consistency", Kind::Text, &[], "checked"),
    setting("max_concurrency", Kind::Integer, &[], "4"),
    setting("max_requests_per_second", Kind::Number, &[], ""),
    setting("timeout", Kind::Timeout, &[], "attempt 30 s, connect 5 s, total 120 s"),
    setting("max_retries", Kind::Integer, &[], "4"),
    setting("retry_budget", Kind::Integer, &[], "500"),
    setting("headers", Kind::Headers, &[], ""),
    setting("proxy", Kind::Address, &[], "the environment's"),
    setting("ca_bundle", Kind::Path, &[], ""),
    setting("client_cert", Kind::Path, &[], ""),
    setting("cache_ttl", Kind::Number, &[], ""),
    setting("mask", Kind::Text, &["BLOCKS_MASK"], ""),
    setting("mask_key_file", Kind::Path, &[], ""),
];

impl Setting {
    /// The setting of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        SETTINGS.iter().find(|setting| setting.name == name)
    }
}
