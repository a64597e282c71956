//! One run of a mirror: reads the head or all of the list, stores it as it comes, and says at the end what that
//! proves. Each step reads until something is stored, so that whoever waits can tell of it; what was stored stays.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use serde_json::json;

use super::columns::id_of;
use super::file::Parameters;
use super::mode::{self, Mode, Scope};
use super::report::{Counts, SyncReport};
use super::state::{State, bound_below};
use super::writer::{Ending, Writer};
use crate::core::client::Client;
use crate::core::error::{Error, Result};
use crate::core::listing::plan::Consistency;
use crate::core::listing::rechunk::Page;
use crate::core::listing::{Listing, ListingRequest, Region};
use crate::core::model::hex::short_hex;
use crate::core::model::page_body::PageBody;
use crate::core::model::report::{Certificate, ListingReport};
use crate::core::model::row_facts::KEY_FIELDS;

/// Rows that are stored in one transaction, and how long they wait for it at most.
const COMMIT_ROWS: usize = 4_096;
const COMMIT_TIME: Duration = Duration::from_secs(2);

/// What becomes of sessions that are gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Vanished {
    /// They stay, with the moment at which that was noticed.
    #[default]
    Mark,
    /// They are removed, with all that the changes say of them.
    Drop,
}

/// How a mirror is kept. Stretches of time are microseconds.
#[derive(Debug, Clone, Copy, Default)]
pub struct SyncOptions {
    pub mode: Mode,
    /// After how long all is read again; `None` for never.
    pub full_every: Option<i64>,
    pub vanished: Vanished,
    /// How long changes are kept; `None` for ever.
    pub keep_changes: Option<i64>,
}

/// What a step came to.
pub enum Step {
    /// So many sessions were read, of as many as the service says there are.
    More(u64, Option<u64>),
    Done(Box<SyncReport>),
}

/// A run under way.
pub struct Sync {
    client: Client,
    request: ListingRequest,
    options: SyncOptions,
    writer: Arc<Mutex<Writer>>,
    /// The file is closed at the end; one in memory is gone then, and stays open.
    closes: bool,
    state: State,
    report: SyncReport,
    pass: Option<Pass>,
}

/// One reading of the list.
struct Pass {
    scope: Scope,
    listing: Arc<Listing>,
    waiting: Vec<Page>,
    since_commit: Instant,
    read: u64,
    /// The greatest of each key in the first answer, and when that came.
    tops: Option<([Option<i64>; KEY_FIELDS.len()], i64)>,
    /// Which keys some session does not have.
    nulls: [bool; KEY_FIELDS.len()],
    counts: Counts,
}

impl Sync {
    /// Opens the mirror; nothing is requested yet.
    ///
    /// # Errors
    /// The file cannot be written, is another's or of another list, or the request is wrong.
    pub fn open(client: Client, path: &Path, request: ListingRequest, options: SyncOptions) -> Result<Self> {
        check(&client, &request)?;
        let writer = Writer::open(path, &parameters(&client, &request))?;
        Self::over(client, Arc::new(Mutex::new(writer)), request, options, true)
    }

    /// A run over a mirror that stays open.
    pub(super) fn over(
        client: Client,
        writer: Arc<Mutex<Writer>>,
        request: ListingRequest,
        options: SyncOptions,
        closes: bool,
    ) -> Result<Self> {
        let state = lock(&writer).state()?;
        Ok(Self {
            client,
            request,
            options,
            writer,
            closes,
            state,
            report: SyncReport::default(),
            pass: None,
        })
    }

    /// Goes on until something was stored, or the run is over.
    ///
    /// # Errors
    /// Whatever a request or the file failed with. What was read before is stored, and the next run goes on
    /// from there.
    pub async fn step(&mut self) -> Result<Step> {
        if self.pass.is_none() {
            self.request = self.request.clone().begun();
            let scope = mode::first(self.options.mode, &self.state, now(), self.options.full_every);
            self.begin(scope).await?;
        }
        loop {
            let Some(pass) = &mut self.pass else { return Ok(Step::Done(Box::new(self.report.clone()))) };
            match pass.listing.clone().next_page().await {
                Ok(Some(page)) => {
                    pass.take(page);
                    if pass.is_due() {
                        self.store().await?;
                        return Ok(self.progress());
                    }
                }
                Ok(None) => {
                    self.store().await?;
                    if let Some(scope) = self.finish().await? {
                        self.begin(scope).await?;
                        return Ok(self.progress());
                    }
                    return Ok(Step::Done(Box::new(self.report.clone())));
                }
                Err(error) => {
                    self.store().await?;
                    self.abandon_run(&error).await?;
                    return Err(error);
                }
            }
        }
    }

    /// Stores what was read and waits for it: whoever gave up the run before its end calls this.
    pub fn interrupt(&mut self) -> Result<()> {
        let Some(pass) = self.pass.take() else { return Ok(()) };
        pass.listing.close();
        let mut writer = lock(&self.writer);
        let stored = writer.store(&pass.waiting).map(drop);
        if self.closes {
            writer.close();
        }
        stored
    }

    /// What is to be told of doubts, once: the sentence of a warning.
    #[must_use]
    pub fn doubt(&self) -> Option<String> {
        let doubtful = !self.report.complete;
        doubtful.then(|| self.report.warnings.join(" "))
    }

    async fn begin(&mut self, scope: Scope) -> Result<()> {
        let mut request = self.request.clone();
        request.again = true;
        if let Scope::Head(bound) = scope {
            request.region = Region::between(Some(bound), None);
            request.region.nulls = self.state.has_nulls;
        }
        let listing = Arc::new(request.start(self.client.clone(), true)?);
        self.write(move |writer| writer.begin(scope.name(), now())).await?;
        self.pass = Some(Pass {
            scope,
            listing,
            waiting: Vec::new(),
            since_commit: Instant::now(),
            read: 0,
            tops: None,
            nulls: [false; KEY_FIELDS.len()],
            counts: Counts::default(),
        });
        Ok(())
    }

    async fn store(&mut self) -> Result<()> {
        let Some(pass) = &mut self.pass else { return Ok(()) };
        pass.since_commit = Instant::now();
        let pages = std::mem::take(&mut pass.waiting);
        if pages.is_empty() {
            return Ok(());
        }
        let counts = self.write(move |writer| writer.store(&pages)).await?;
        self.report.count(counts);
        if let Some(pass) = &mut self.pass {
            pass.counts.without_id += counts.without_id;
        }
        Ok(())
    }

    /// Ends a pass; gives what must be read after it.
    async fn finish(&mut self) -> Result<Option<Scope>> {
        let Some(pass) = self.pass.take() else { return Ok(None) };
        let listing = pass.listing.report();
        let complete = listing.complete && pass.counts.without_id == 0;
        self.describe(&pass, &listing, complete);
        let at = listing_time(&pass);
        let mut state = self.state.clone();
        if complete {
            learn(&mut state, &pass, &listing);
        }
        let all_seen = complete && pass.scope == Scope::Full;
        let counts = self.end(&state, all_seen, at).await?;
        self.report.count(counts);
        let (live, seq) = self.write(|writer| Ok((writer.live()?, writer.seq()?))).await?;
        let difference = listing.total_count_last.map(|total| difference(total, live));
        if all_seen && state.difference != difference {
            state.difference = difference;
            let told = serde_json::to_string(&state).unwrap_or_default();
            self.write(move |writer| {
                writer.read(|connection| super::file::set_meta(connection, "state", &told))
            })
            .await?;
        }
        self.state = state;
        (self.report.sessions, self.report.seq) = (live, seq);
        let more = self.after_head(&pass, &listing, complete, difference);
        if more.is_none() && self.closes {
            self.write(|writer| {
                writer.close();
                Ok(())
            })
            .await?;
        }
        Ok(more)
    }

    /// All is to be read where the head showed that it is not enough.
    fn after_head(
        &self,
        pass: &Pass,
        listing: &ListingReport,
        complete: bool,
        difference: Option<i64>,
    ) -> Option<Scope> {
        let Scope::Head(_) = pass.scope else { return None };
        let unfit = complete && listing.order.is_some() && !mode::is_by_activity(listing.order.as_deref());
        let due = mode::is_full_due(self.options.mode, &self.state, now(), difference);
        (unfit || due).then_some(Scope::Full)
    }

    fn describe(&mut self, pass: &Pass, listing: &ListingReport, complete: bool) {
        let report = &mut self.report;
        report.mode = pass.scope.name();
        report.complete = complete;
        report.requests += listing.requests;
        report.warnings.clone_from(&listing.warnings);
        if pass.counts.without_id > 0 {
            report.warnings.push(format!(
                "{} rows name no session and could not be stored; the copy is not proven to be whole.",
                pass.counts.without_id
            ));
        }
        report.listing = listing.clone();
    }

    /// Ends the run in the file, with what is known of it.
    async fn end(&mut self, state: &State, all_seen: bool, at: i64) -> Result<Counts> {
        if self.report.complete {
            self.report.proven_at = state.proven_at;
        }
        self.report.deletions_proven_at = state.deletions_proven_at;
        let text = summary(&self.report);
        let listing = self.report.listing.clone();
        let (state, complete) = (state.clone(), self.report.complete);
        let (vanished, keep) = (self.options.vanished, self.options.keep_changes);
        self.write(move |writer| {
            writer.end(&Ending {
                state: &state,
                complete,
                proven_at: listing.proven_at,
                certificate: listing.certificate.map(Certificate::name),
                report: text,
                all_seen,
                vanished,
                at,
                prune_before: keep.map(|keep| at.saturating_sub(keep)),
            })
        })
        .await
    }

    /// A run that failed: its rows stay, and it proves nothing.
    async fn abandon_run(&mut self, error: &Error) -> Result<()> {
        let Some(pass) = self.pass.take() else { return Ok(()) };
        let mut listing = pass.listing.report();
        listing.complete = false;
        pass.listing.close();
        self.describe(&pass, &listing, false);
        self.report.warnings.push(error.to_string());
        let state = self.state.clone();
        self.end(&state, false, listing_time(&pass)).await?;
        if self.closes {
            self.write(|writer| {
                writer.close();
                Ok(())
            })
            .await?;
        }
        Ok(())
    }

    fn progress(&self) -> Step {
        let Some(pass) = &self.pass else { return Step::More(0, None) };
        let total = pass.listing.report().total_count_last;
        Step::More(pass.read, total.filter(|_| pass.scope == Scope::Full))
    }

    /// Does something with the file, in a thread that may block.
    async fn write<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut Writer) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let writer = self.writer.clone();
        let done = tokio::task::spawn_blocking(move || act(&mut lock(&writer))).await;
        done.unwrap_or_else(|_| Err(Error::Configuration("the interpreter is shutting down".to_owned())))
    }
}

impl Pass {
    fn take(&mut self, page: Page) {
        self.read += page.len() as u64;
        for part in &page.parts {
            let facts = part.response.answer.facts(part.response.answered_at);
            for row in &facts.rows {
                self.nulls.iter_mut().zip(row.keys).for_each(|(null, key)| *null |= key.is_none());
            }
            if self.tops.is_none() {
                let key = |field: usize| {
                    facts.rows.iter().filter_map(move |row| row.keys.get(field).copied().flatten())
                };
                self.tops = Some((std::array::from_fn(|field| key(field).max()), part.response.answered_at));
            }
        }
        self.waiting.push(page);
    }

    fn is_due(&self) -> bool {
        let rows: usize = self.waiting.iter().map(Page::len).sum();
        rows >= COMMIT_ROWS || rows > 0 && self.since_commit.elapsed() >= COMMIT_TIME
    }
}

/// What a complete pass says for the next run.
fn learn(state: &mut State, pass: &Pass, listing: &ListingReport) {
    state.proven_at = listing.proven_at;
    if listing.order.is_some() {
        state.order.clone_from(&listing.order);
    }
    let began = pass.tops.map(|(_, answered_at)| answered_at).or(listing.started_at);
    if pass.scope == Scope::Full {
        state.last_full_at = began.or_else(|| Some(now()));
        state.deletions_proven_at = listing.proven_at;
    }
    if !mode::is_by_activity(state.order.as_deref()) {
        state.bound = None;
        return;
    }
    // The top when the pass began: what moved or was born since then has a key above it, less the skew.
    let field = state.order.as_deref().and_then(|order| order.split(' ').next());
    let place = field.and_then(|field| KEY_FIELDS.iter().position(|name| *name == field));
    if pass.scope == Scope::Full {
        state.has_nulls = place.and_then(|place| pass.nulls.get(place)).copied().unwrap_or(true);
    }
    let top = pass.tops.zip(place).and_then(|((tops, at), place)| Some(tops.get(place).copied()??.min(at)));
    if let Some(top) = top {
        state.bound = Some(bound_below(top));
    }
}

/// The service's clock at the latest answer of a pass, else this machine's.
fn listing_time(pass: &Pass) -> i64 {
    pass.tops
        .map_or_else(now, |(_, answered_at)| answered_at.max(pass.listing.report().proven_at.unwrap_or(0)))
}

fn difference(total: u64, live: u64) -> i64 {
    i64::try_from(total).unwrap_or(i64::MAX).saturating_sub(i64::try_from(live).unwrap_or(i64::MAX))
}

/// What the table of runs keeps of a report.
fn summary(report: &SyncReport) -> String {
    json!({
        "mode": report.mode,
        "created": report.created,
        "updated": report.updated,
        "vanished": report.vanished,
        "returned": report.returned,
        "unchanged": report.unchanged,
        "complete": report.complete,
        "requests": report.requests,
        "order": report.listing.order,
        "certificate": report.listing.certificate.map(Certificate::name),
        "total_count": report.listing.total_count_last,
        "warnings": report.warnings,
    })
    .to_string()
}

fn check(client: &Client, request: &ListingRequest) -> Result<()> {
    if request.consistency == Consistency::Fast {
        return Err(Error::Configuration(
            "a mirror stands on proofs: consistency must be \"checked\" or \"strict\", not \"fast\""
                .to_owned(),
        ));
    }
    check_mask(client)?;
    // What is wrong with the request is told before a file is made.
    request.clone().start(client.clone(), true).map(drop)
}

/// Pseudonyms must outlive the process, and a session must keep what it is known by.
fn check_mask(client: &Client) -> Result<()> {
    let Some(mask) = &client.config().mask else { return Ok(()) };
    mask.check_lasting().map_err(Error::Configuration)?;
    let probe = PageBody::parse(Bytes::from_static(br#"{"sessions":[{"session_id":"probe"}]}"#));
    let masked = probe.and_then(|probe| mask.page(&probe));
    let keeps = masked.is_ok_and(|masked| masked.body.session(0).is_some_and(|row| id_of(row).is_some()));
    if keeps {
        return Ok(());
    }
    Err(Error::Configuration(
        "the mask drops session_id, by which a mirror knows its sessions: give it another treatment, such as \
         \"token:session\""
            .to_owned(),
    ))
}

/// What a mirror is a copy of; see [`super::file::check_parameters`].
fn parameters(client: &Client, request: &ListingRequest) -> Parameters {
    let config = client.config();
    let agent = request.agent_id.clone().or_else(|| config.agent_id.clone());
    let key = ring::digest::digest(&ring::digest::SHA256, config.project_key.expose().as_bytes());
    let body = serde_json::Value::Object(request.extra_body.clone()).to_string();
    let body = ring::digest::digest(&ring::digest::SHA256, body.as_bytes());
    let mask = config.mask.as_ref().map_or_else(|| "none".to_owned(), |mask| mask.fingerprint());
    vec![
        ("mask", mask),
        ("base_url", config.base_url.to_string()),
        ("agent_id", agent.unwrap_or_default()),
        ("project_key", format!("sha256:{}", short_hex(key.as_ref()))),
        ("extra_body", format!("sha256:{}", short_hex(body.as_ref()))),
    ]
}

pub(super) fn memory_writer(client: &Client, request: &ListingRequest) -> Result<Arc<Mutex<Writer>>> {
    check(client, request)?;
    Ok(Arc::new(Mutex::new(Writer::in_memory(&parameters(client, request))?)))
}

fn now() -> i64 {
    jiff::Timestamp::now().as_microsecond()
}

pub(super) fn lock(writer: &Mutex<Writer>) -> MutexGuard<'_, Writer> {
    writer.lock().unwrap_or_else(PoisonError::into_inner)
}
