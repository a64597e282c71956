//! `blocks-sessions serve`: the emulator as a process of its own, until Ctrl-C.
//! It turns arguments into options, and nothing else.

use std::io::{self, Write as _};
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};

use crate::cli::frame::exit::{Exit, Failure};
use crate::cli::frame::values::{count, number};
use crate::cli::output::stdout::print;
use crate::emulator::{
    Churn, Emulator, EmulatorOptions, ErrorStyle, FaultKind, Faults, OffsetUnit, Order, Sessions, TotalCount,
    fault_kinds,
};

/// Run the service's emulator: the sessions endpoint, in memory, on this machine
#[derive(Args)]
#[command(allow_negative_numbers = true)]
#[command(after_help = "Examples:
  blocks-sessions serve --port 0 --sessions 100000
  blocks-sessions serve --latency 0.1 --fault transient --touches 2")]
pub struct Serve {
    /// Where to listen
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    host: IpAddr,
    /// The port to listen on; 0 takes any free one
    #[arg(long, short, default_value_t = 8000, value_parser = port)]
    port: u16,
    /// How many sessions the agent `agent_123` has
    #[arg(long, short = 'n', value_name = "N", default_value_t = 10_000, value_parser = count)]
    #[arg(conflicts_with = "agents")]
    sessions: u64,
    /// An agent and its number of sessions; may be repeated
    #[arg(long = "agent", value_name = "NAME=COUNT", value_parser = agent)]
    agents: Vec<(String, u64)>,
    /// An accepted project key; may be repeated [default: demo-key and YOUR_PROJECT_KEY]
    #[arg(long = "key", value_name = "KEY")]
    keys: Vec<String>,
    /// Same seed, same sessions
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = count)]
    seed: u64,
    /// Seconds before each answer
    #[arg(long, value_name = "SECONDS", default_value_t = 0.0, value_parser = latency)]
    latency: f64,
    /// Demand this access token (others are granted for client credentials)
    #[arg(long, value_name = "TOKEN")]
    require_token: Option<String>,
    /// What the list is sorted by: activity or created
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = Order::Activity)]
    #[arg(hide_possible_values = true)]
    order: Order,
    /// No page is longer than this
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = page_limit)]
    page_limit: u32,
    /// What an offset of one skips: sessions or pages
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = OffsetUnit::Sessions)]
    #[arg(hide_possible_values = true)]
    offset_unit: OffsetUnit,
    /// What `total_count` says: exact, null or page
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = TotalCount::Exact)]
    #[arg(hide_possible_values = true)]
    total_count: TotalCount,
    /// Answer with 429 beyond so many requests a second
    #[arg(long, value_name = "RATE", value_parser = number)]
    rate_limit: Option<f64>,
    /// The share of sessions that have the sort key of their neighbour
    #[arg(long, default_value_t = 0.0, value_name = "SHARE", value_parser = number)]
    ties: f64,
    /// The share of sessions whose sort key is null
    #[arg(long, default_value_t = 0.0, value_name = "SHARE", value_parser = number)]
    null_keys: f64,
    /// Whose validation errors are sent: pydantic1 or pydantic2
    #[arg(long, value_enum, value_name = "STYLE", default_value_t = ErrorStyle::Pydantic1)]
    #[arg(hide_possible_values = true)]
    error_style: ErrorStyle,
    #[command(flatten)]
    churn: ChurnArguments,
    #[command(flatten)]
    faults: FaultArguments,
}

#[derive(Args)]
#[command(next_help_heading = "A list that moves")]
struct ChurnArguments {
    /// New sessions after each request, on average
    #[arg(long, default_value_t = 0.0, value_name = "RATE", value_parser = number)]
    inserts: f64,
    /// Sessions with a new message after each request, on average
    #[arg(long, default_value_t = 0.0, value_name = "RATE", value_parser = number)]
    touches: f64,
    /// Sessions deleted after each request, on average
    #[arg(long, default_value_t = 0.0, value_name = "RATE", value_parser = number)]
    deletes: f64,
    /// Sessions that are changed without moving
    #[arg(long, default_value_t = 0.0, value_name = "RATE", value_parser = number)]
    edits: f64,
    /// Take these numbers for those of a second
    #[arg(long)]
    per_second: bool,
}

#[derive(Args)]
#[command(next_help_heading = "Faults")]
struct FaultArguments {
    /// The share of requests that meet one [default: 0.1 where a kind is given, else 0]
    #[arg(long, value_name = "SHARE", value_parser = number)]
    fault_rate: Option<f64>,
    /// A kind, or a group of kinds; may be repeated [default: transient]
    #[arg(long = "fault", value_name = "KIND")]
    fault_kinds: Vec<String>,
    /// Show every kind of fault, and end
    #[arg(long)]
    list_faults: bool,
}

impl Serve {
    pub fn run(self) -> Result<(), Failure> {
        if self.faults.list_faults {
            return print(listed_faults().as_bytes());
        }
        let options = self.options();
        let (agent, key) =
            (options.agents.first().map(|(name, _)| name.clone()), options.keys.first().cloned());
        let place = (self.host, self.port);
        let server = Emulator::start(options).map_err(|error| explain(&error, place))?;
        let announce = || announce(&server, &agent.unwrap_or_default(), &key.unwrap_or_default());
        wait_for_signal(announce).map_err(|error| failed(format!("cannot serve until Ctrl-C: {error}")))?;
        server.close();
        Ok(())
    }

    fn options(&self) -> EmulatorOptions {
        let defaults = EmulatorOptions::default();
        let counted = |(name, count): &(String, u64)| (name.clone(), Sessions::Count(*count));
        let agents = if self.agents.is_empty() {
            vec![("agent_123".to_owned(), Sessions::Count(self.sessions))]
        } else {
            self.agents.iter().map(counted).collect()
        };
        let kinds = self.faults.fault_kinds.clone();
        let rate = self.faults.fault_rate.unwrap_or(if kinds.is_empty() { 0.0 } else { 0.1 });
        let faults = Faults { rate, kinds, ..Faults::default() };
        EmulatorOptions {
            host: self.host,
            port: self.port,
            seed: self.seed,
            agents,
            keys: if self.keys.is_empty() { defaults.keys } else { self.keys.clone() },
            latency: Duration::try_from_secs_f64(self.latency).unwrap_or_default(),
            require_token: self.require_token.is_some(),
            token: self.require_token.clone().unwrap_or(defaults.token),
            order: self.order,
            page_limit: self.page_limit,
            offset_unit: self.offset_unit,
            total_count: self.total_count,
            churn: Churn {
                inserts: self.churn.inserts,
                touches: self.churn.touches,
                deletes: self.churn.deletes,
                edits: self.churn.edits,
                per_second: self.churn.per_second,
            },
            faults: vec![faults],
            rate_limit: self.rate_limit,
            ties: self.ties,
            null_keys: self.null_keys,
            error_style: self.error_style,
            ..EmulatorOptions::default()
        }
    }
}

fn agent(text: &str) -> Result<(String, u64), String> {
    let wrong = || "give it as NAME=COUNT, as in agent_123=10000".to_owned();
    let (name, count) = text.rsplit_once('=').ok_or_else(wrong)?;
    Ok((name.to_owned(), count.parse().map_err(|_| wrong())?))
}

fn port(text: &str) -> Result<u16, String> {
    text.trim().parse().map_err(|_| "give a port from 0 to 65,535; 0 takes any free one".to_owned())
}

/// What bounds numbers have is for the emulator to say, as it does in Python.
fn page_limit(text: &str) -> Result<u32, String> {
    text.trim().parse().map_err(|_| "give a whole number, 1 or more".to_owned())
}

fn latency(text: &str) -> Result<f64, String> {
    let seconds = text.trim().parse().ok().filter(|seconds| (0.0..=3_600.0).contains(seconds));
    seconds.ok_or_else(|| "give seconds from 0 to 3,600, as in 0.25".to_owned())
}

fn explain(error: &io::Error, (host, port): (IpAddr, u16)) -> Failure {
    match error.kind() {
        io::ErrorKind::InvalidInput => Failure::usage(error.to_string()),
        io::ErrorKind::AddrInUse => {
            failed(format!("port {port} is in use; give another with --port, or --port 0 for any free one"))
        }
        _ => failed(format!("cannot listen on {host}, port {port}: {error}")),
    }
}

/// Whoever reads no further has seen enough.
fn forgive_closed_pipe(printed: io::Result<()>) -> io::Result<()> {
    printed.or_else(|error| if error.kind() == io::ErrorKind::BrokenPipe { Ok(()) } else { Err(error) })
}

fn failed(message: String) -> Failure {
    Failure::new(Exit::Failed, "OSError", message)
}

fn announce(server: &Emulator, agent: &str, key: &str) -> io::Result<()> {
    let url = server.url();
    let body = serde_json::json!({ "agent_id": agent, "project_key": key, "limit": 50, "offset": 0 });
    // Inside single quotes a shell takes everything but a single quote as it is.
    let body = body.to_string().replace('\'', r"'\''");
    let mut out = io::stdout().lock();
    writeln!(out, "Serving {url} (Ctrl-C ends it). Try:\n")?;
    writeln!(out, "curl -X POST '{url}/conversation/sessions' \\")?;
    writeln!(out, "  -H 'accept: application/json' \\\n  -H 'Content-Type: application/json' \\")?;
    writeln!(out, "  -d '{body}'\n")?;
    out.flush()
}

fn listed_faults() -> String {
    let line = |kind: &FaultKind| {
        let mark = if kind.transient { "transient" } else { "" };
        format!("{:22} {:11} {mark:10} {}\n", kind.name, kind.group.name(), kind.what)
    };
    fault_kinds().iter().map(line).collect()
}

/// Until Ctrl-C, or until the process is asked to end. The announcement is made when it listens for
/// both: whoever has read it may end the process at once.
fn wait_for_signal(announce: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let (mut interrupt, mut end) =
                (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
            forgive_closed_pipe(announce())?;
            tokio::select! {
                _ = interrupt.recv() => Ok(()),
                _ = end.recv() => Ok(()),
            }
        }
        #[cfg(windows)]
        {
            let mut interrupt = tokio::signal::windows::ctrl_c()?;
            forgive_closed_pipe(announce())?;
            interrupt.recv().await;
            Ok(())
        }
    })
}

/// Lets clap offer an option of the emulator by its names.
macro_rules! offer {
    ($($kind:ty),+) => {$(
        impl ValueEnum for $kind {
            fn value_variants<'a>() -> &'a [Self] {
                Self::ALL
            }

            fn to_possible_value(&self) -> Option<PossibleValue> {
                Some(PossibleValue::new(self.name()))
            }
        }
    )+};
}

offer!(Order, OffsetUnit, TotalCount, ErrorStyle);
