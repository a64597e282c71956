//! What is in force for one command: its flags over profiles, environment and defaults.

use crate::cli::frame::exit::Failure;
use crate::cli::frame::flags::ConnectionFlags;
use crate::core::config::ClientConfig;
use crate::core::config::profile::{self, InForce, Layers, Origin, Profiles, Value, config_path};
use crate::core::error::Error;
use crate::core::listing::Consistency;

/// The settings of one command, and where they came from.
pub struct InForceSettings {
    pub all: Vec<InForce>,
    pub profiles: Profiles,
}

/// The process's own environment.
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

impl InForceSettings {
    /// # Errors
    /// The file of profiles is wrong, or lacks the profile that was named.
    pub fn read(flags: &ConnectionFlags) -> Result<Self, Failure> {
        let environment = |name: &str| std::env::var_os(name);
        let profiles = Profiles::read(config_path(&environment))?;
        let layers = Layers::read(flags.layer(), flags.profile.as_deref(), &profiles, &environment)?;
        let all = layers.in_force();
        Ok(Self { all, profiles })
    }

    /// Checked, for a client.
    ///
    /// # Errors
    /// A key is missing, or a setting is wrong.
    pub fn config(&self) -> Result<ClientConfig, Failure> {
        if self.origin("project_key") == Some(&Origin::Default) {
            return Err(Failure::credentials(format!(
                "no project key: set BLOCKS_PROJECT_KEY (or X_BLOCKS_KEY), or name a file that holds it: \
                 project_key_file = \"...\"{}",
                self.place()
            )));
        }
        let settings = profile::settings(&self.all)?;
        Ok(settings.resolve(&|name| std::env::var_os(name)).map_err(|error| self.explain(error))?)
    }

    /// As [`config`](Self::config), for what needs an agent.
    ///
    /// # Errors
    /// None is given, too.
    pub fn config_with_agent(&self) -> Result<ClientConfig, Failure> {
        let config = self.config()?;
        if config.agent_id.is_none() {
            return Err(Failure::usage(format!(
                "no agent: give --agent ID, set BLOCKS_AGENT_ID, or write agent_id = \"...\"{}",
                self.place()
            )));
        }
        Ok(config)
    }

    /// What a listing promises.
    pub fn consistency(&self) -> Consistency {
        let found = self.all.iter().find(|it| it.setting.name == "consistency");
        match found.and_then(|it| it.value.as_ref()) {
            Some(Value::Text(name)) => Consistency::from_name(name).unwrap_or(Consistency::Checked),
            _ => Consistency::Checked,
        }
    }

    pub fn origin(&self, name: &str) -> Option<&Origin> {
        self.all.iter().find(|it| it.setting.name == name).map(|it| &it.origin)
    }

    /// Where a setting could be written.
    fn place(&self) -> String {
        let path = self.profiles.path.as_ref();
        path.map(|path| format!(" under [default] in {}", path.display())).unwrap_or_default()
    }

    /// A message about settings, of which those that flags gave have the flags' names.
    fn with_flags(&self, message: &str) -> String {
        let flag = |name: &str| match name {
            "agent_id" => "--agent".to_owned(),
            "max_requests_per_second" => "--max-rps".to_owned(),
            other => format!("--{}", other.replace('_', "-")),
        };
        let given = self.all.iter().filter(|it| it.origin == Origin::Given).map(|it| it.setting.name);
        let given: Vec<&str> = given.collect();
        let told = message.split("; ").map(|part| {
            let name = given
                .iter()
                .find(|name| part.strip_prefix(**name).is_some_and(|rest| rest.starts_with([' ', ':'])));
            name.map_or_else(|| part.to_owned(), |name| part.replacen(name, &flag(name), 1))
        });
        told.collect::<Vec<_>>().join("; ")
    }

    /// A setting that is wrong may stand in a file that the user does not think of.
    fn explain(&self, error: Error) -> Error {
        let profile = self.all.iter().find_map(|it| match &it.origin {
            Origin::Profile(name) => Some(name),
            _ => None,
        });
        let error = match error {
            Error::Configuration(message) => Error::Configuration(self.with_flags(&message)),
            other => other,
        };
        match (error, profile, &self.profiles.path) {
            (Error::Configuration(message), Some(name), Some(path)) => Error::Configuration(format!(
                "{message} (profile [{name}] of {}; `blocks-sessions config show` tells where each setting \
                 comes from)",
                path.display()
            )),
            (error, ..) => error,
        }
    }
}
