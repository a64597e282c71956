//! The flags that commands share, and the layer of settings that they are.
//! A secret is never a flag: it would be seen in the list of processes and kept in the shell's history.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::terminal::When;
use super::values::{RATES, kept_file, named, real, timeout, whole};
use crate::core::config::profile::{Layer, SecretFile, Value};
use crate::core::config::{MOST_CONCURRENCY, TimeoutSetting};
use crate::core::filter::{ChoiceRequest, Moment};
use crate::core::listing::Consistency;
use crate::threads::Load;

/// What every command takes that speaks to the service.
#[derive(Debug, Clone, Args)]
pub struct Shared {
    #[command(flatten)]
    pub connection: ConnectionFlags,
    #[command(flatten)]
    pub talk: TalkFlags,
}

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Connection")]
pub struct ConnectionFlags {
    /// Whose sessions [env: BLOCKS_AGENT_ID]
    #[arg(long, value_name = "ID", value_parser = named)]
    pub agent: Option<String>,
    /// Settings of this name in config.toml [env: BLOCKS_PROFILE]
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// Where the service is [env: BLOCKS_API_URL]
    #[arg(long, value_name = "URL")]
    pub base_url: Option<String>,
    /// Read the access token from this file
    #[arg(long, value_name = "FILE", value_parser = kept_file())]
    pub token_file: Option<PathBuf>,
    /// What a listing promises: strict, checked (the default) or fast
    #[arg(long, value_enum, value_name = "MODE", hide_possible_values = true)]
    pub consistency: Option<Consistency>,
    /// Requests at once [default: 4]
    #[arg(long, value_name = "N", value_parser = whole(1, MOST_CONCURRENCY), allow_negative_numbers = true)]
    pub max_concurrency: Option<i64>,
    /// Requests per second, at most
    #[arg(long, value_name = "N", value_parser = real(RATES), allow_negative_numbers = true)]
    pub max_rps: Option<f64>,
    /// Pseudonymise: gdpr, training or a policy file [env: BLOCKS_MASK]
    #[arg(long, value_name = "NAME")]
    pub mask: Option<String>,
    /// The key of its pseudonyms [env: BLOCKS_MASK_KEY, the key itself]
    #[arg(long, value_name = "FILE", value_parser = kept_file())]
    pub mask_key_file: Option<PathBuf>,
    /// For one attempt, as in 30, 90s or 2m [default: 30s]
    #[arg(long, value_name = "TIME", value_parser = timeout, allow_hyphen_values = true)]
    pub timeout: Option<Duration>,
}

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Messages")]
pub struct TalkFlags {
    /// A bar: auto, always or never
    #[arg(long, value_enum, value_name = "WHEN", default_value = "auto", hide_default_value = true)]
    #[arg(hide_possible_values = true)]
    pub progress: When,
    /// Colours: auto, always or never
    #[arg(long, value_enum, value_name = "WHEN", default_value = "auto", hide_default_value = true)]
    #[arg(hide_possible_values = true)]
    pub color: When,
    /// Say nothing but errors
    #[arg(long, short, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Show each attempt, and more of an error
    #[arg(long, short)]
    pub verbose: bool,
    /// Errors as one JSON object on standard error
    #[arg(long)]
    pub json_errors: bool,
}

/// Which sessions, and which of their fields.
#[derive(Debug, Clone, Default, Args)]
pub struct ChoiceFlags {
    /// Only sessions of which it is true, as in "rating <= 2 and resolved"
    #[arg(long = "where", value_name = "SQL")]
    pub condition: Option<String>,
    /// Only sessions active from then on, as in 2026-01-31 or, so long ago, 7d
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// Only sessions active before then
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
}

/// Which fields of a session.
#[derive(Debug, Clone, Default, Args)]
pub struct FieldFlags {
    /// Only these fields, as in session_id,status,metadata.source
    #[arg(long, value_name = "F,...", value_delimiter = ',')]
    pub fields: Option<Vec<String>>,
}

impl ChoiceFlags {
    /// What a listing of what they choose keeps busy.
    pub fn load(&self) -> Load {
        Load::of_listing(self.condition.is_some())
    }

    /// As the core reads it.
    pub fn request(self, fields: FieldFlags) -> ChoiceRequest {
        ChoiceRequest {
            condition: self.condition,
            fields: fields.fields.map(|names| names.iter().map(|name| name.trim().to_owned()).collect()),
            since: self.since.map(Moment::Text),
            until: self.until.map(Moment::Text),
        }
    }
}

impl ConnectionFlags {
    /// What was given, as settings.
    pub fn layer(&self) -> Layer {
        let text = |text: &Option<String>| text.clone().map(Value::Text);
        let token = self
            .token_file
            .clone()
            .map(|path| Value::File(SecretFile { named_by: "--token-file".to_owned(), path }));
        let settings = [
            ("agent_id", text(&self.agent)),
            ("base_url", text(&self.base_url)),
            ("access_token", token),
            ("consistency", self.consistency.map(|mode| Value::Text(mode.name().to_owned()))),
            ("max_concurrency", self.max_concurrency.map(Value::Integer)),
            ("max_requests_per_second", self.max_rps.map(Value::Number)),
            ("mask", text(&self.mask)),
            ("mask_key_file", self.mask_key_file.clone().map(Value::Path)),
            ("timeout", self.timeout.map(attempt)),
        ];
        settings.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

fn attempt(time: Duration) -> Value {
    Value::Timeout(TimeoutSetting::Attempt(time.as_secs_f64()))
}

impl ValueEnum for Consistency {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Strict, Self::Checked, Self::Fast]
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(clap::builder::PossibleValue::new(self.name()))
    }
}
