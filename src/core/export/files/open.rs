//! The beginning of an export: what is there decides whether it begins, goes on, or only ends.
//! Nothing is changed before it is certain that this call may.

use std::io::ErrorKind;

use super::conclude;
use super::ids::Ids;
use super::manifest::{Commit, DataState, FORMAT, IdsState};
use super::store::{Files, Store};
use super::target::Target;
use crate::core::error::{Error, Result, StorageError, StorageKind};
use crate::core::export::fingerprint::Fingerprint;
use crate::core::export::report::ExportReport;
use crate::core::export::rules::Rules;
use crate::core::export::sinks::Sinks;
use crate::core::filter::{Choice, ChoiceState};
use crate::core::listing::Resume;
use crate::core::model::row_facts::IdKey;
use crate::core::storage::{FileLock, Journal, durable};

/// What the caller wants of the files.
#[derive(Debug, Clone)]
pub struct Opening {
    pub target: Target,
    pub sinks: Sinks,
    pub fingerprint: Fingerprint,
    pub choice: Choice,
    /// `None`: go on if there is something to go on from.
    pub resume: Option<bool>,
    pub overwrite: bool,
    /// Without a proof there is nothing to go on from.
    pub resumable: bool,
    pub rules: Rules,
    /// Microseconds since 1970.
    pub now: i64,
}

/// What came of it.
pub enum Opened {
    Writing(Box<(Store, Start)>),
    /// An earlier run was killed at its very end; this one finished it.
    Finished(Box<ExportReport>),
}

/// Where an export stands when it is opened.
#[derive(Debug)]
pub struct Start {
    pub commit: Commit,
    /// Hashes of the ids that are known.
    pub ids: Vec<u128>,
}

impl Start {
    /// For the listing that goes on from here; nothing is known where an export begins.
    pub fn resume(&mut self) -> Resume {
        let ids = std::mem::take(&mut self.ids);
        Resume { proof: self.commit.proof.clone(), ids, id_key: self.commit.id_key }
    }

    /// The caller's choice, with what is relative in it resolved as it was when the export began.
    pub fn choice(&self, now: &Choice) -> Choice {
        let Some(then) = self.commit.bounds.clone() else { return now.clone() };
        let ChoiceState { condition, fields, .. } = now.state();
        Choice::restore(ChoiceState { condition, fields, ..then }).unwrap_or_else(|_| now.clone())
    }
}

impl Opening {
    pub fn open(&self) -> Result<Opened> {
        let target = &self.target;
        self.check_place()?;
        let lock = self.lock()?;
        conclude::remove_done(target);
        let found = match Commit::read(&target.manifest()) {
            // What is thrown away need not be readable.
            Err(Error::Storage(error)) if self.resume == Some(false) && error.errno.is_none() => None,
            found => found?,
        };
        let found = found.filter(|(commit, _)| self.resume != Some(false) && !commit.is_empty());
        let Some((commit, end)) = found else {
            return self.begin_or_refuse(lock);
        };
        self.refuse_other(&commit)?;
        if commit.finished.is_some() {
            return match conclude::go_on(target, &commit, self.overwrite)? {
                Some(mut finished) => {
                    finished.summary.resumed += 1;
                    conclude::clear(target, lock, finished).map(|report| Opened::Finished(Box::new(report)))
                }
                None => self.begin_or_refuse(lock),
            };
        }
        if !self.overwrite {
            conclude::refuse_taken(target)?;
        }
        if self.resumable { self.go_on(lock, commit, end) } else { self.begin(lock) }
    }

    /// Looks before anything is made.
    fn check_place(&self) -> Result<()> {
        let target = &self.target;
        if target.path.is_dir() {
            let error = std::io::Error::from(ErrorKind::IsADirectory);
            return Err(StorageError::failed("Could not write", &target.path, &error));
        }
        if conclude::is_taken(&target.part)? {
            return Ok(());
        }
        if self.resume == Some(true) {
            return Err(nothing_to_resume(target));
        }
        if self.overwrite { Ok(()) } else { conclude::refuse_taken(target) }
    }

    /// The lock; whoever had it may be removing the folder right now.
    fn lock(&self) -> Result<FileLock> {
        let mut attempts = 0;
        loop {
            durable::private_folder(&self.target.part)?;
            match FileLock::acquire(&self.target.lock()) {
                Err(Error::Storage(error)) if attempts < 8 && is_gone(&error) => attempts += 1,
                Err(Error::Storage(error)) if error.kind == StorageKind::Locked => {
                    return Err(Error::Storage(Box::new(StorageError {
                        path: self.target.path.clone(),
                        ..*error
                    })));
                }
                lock => return lock,
            }
        }
    }

    /// The same file by other parameters would be neither.
    fn refuse_other(&self, commit: &Commit) -> Result<()> {
        let differences = commit.fingerprint.differences(&self.fingerprint);
        if differences.is_empty() {
            return Ok(());
        }
        let told: Vec<String> =
            differences.iter().map(|d| format!("{} was {}, and is {} now", d.name, d.then, d.now)).collect();
        let message = format!(
            "{} was begun with other parameters: {}. Call with the same ones to go on, pass resume=False to begin \
             anew, or choose another name",
            self.target.path.display(),
            told.join("; ")
        );
        Err(StorageError::conflict(&self.target.path, message, differences))
    }

    fn begin_or_refuse(&self, lock: FileLock) -> Result<Opened> {
        if self.resume == Some(true) {
            return Err(nothing_to_resume(&self.target));
        }
        if !self.overwrite {
            conclude::refuse_taken(&self.target)?;
        }
        self.begin(lock)
    }

    /// Begins anew, over whatever is there.
    fn begin(&self, lock: FileLock) -> Result<Opened> {
        let target = &self.target;
        durable::remove_file(&target.manifest())?;
        durable::sync_folder(&target.part)?;
        conclude::sweep(target)?;
        let sink = self.sinks.create(target)?;
        let ids = Ids::create(&target.ids())?;
        let commit = self.first_commit(ids.state());
        let mut journal = Journal::create(&target.manifest())?;
        journal.append(&commit.to_json()?)?;
        let store = Store::new(sink, self.files(lock, journal, ids, commit.clone()));
        Ok(Opened::Writing(Box::new((store, Start { commit, ids: Vec::new() }))))
    }

    fn first_commit(&self, ids: IdsState) -> Commit {
        Commit {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            fingerprint: self.fingerprint.clone(),
            begun_at: self.now,
            committed_at: self.now,
            resumed: 0,
            id_key: IdKey::random(),
            rows: 0,
            ids,
            data: self.sinks.nothing(),
            proof: None,
            bounds: Some(moments(&self.choice)),
            finished: None,
        }
    }

    fn go_on(&self, lock: FileLock, mut commit: Commit, end: u64) -> Result<Opened> {
        let target = &self.target;
        let sink = self.sinks.reopen(target, &commit.data, self.rules)?;
        if self.rules.cut_data {
            remove_unlisted(target, &commit.data)?;
        }
        let (ids, known) = Ids::reopen(&target.ids(), &commit.ids)?;
        let journal = Journal::resume(&target.manifest(), end)?;
        version(&mut commit);
        commit.resumed += 1;
        let known = if self.rules.restore_ids { known } else { Vec::new() };
        let store = Store::new(sink, self.files(lock, journal, ids, commit.clone()));
        Ok(Opened::Writing(Box::new((store, Start { commit, ids: known }))))
    }

    fn files(&self, lock: FileLock, journal: Journal, ids: Ids, commit: Commit) -> Files {
        let (target, overwrite, rules) = (self.target.clone(), self.overwrite, self.rules);
        Files { target, lock, journal, ids, commit, overwrite, rules }
    }
}

/// What relative bounds and `now()` were resolved to. Condition and fields are not kept: they are the caller's
/// again, and a condition may be personal.
fn moments(choice: &Choice) -> ChoiceState {
    ChoiceState { condition: None, fields: None, ..choice.state() }
}

/// What is written from here on is of this package's form.
fn version(commit: &mut Commit) {
    commit.format = FORMAT;
    env!("CARGO_PKG_VERSION").clone_into(&mut commit.version);
}

/// Row groups that were written and never committed.
fn remove_unlisted(target: &Target, data: &DataState) -> Result<()> {
    let DataState::Parts(parts) = data else { return Ok(()) };
    let listed: Vec<_> = parts.iter().map(|part| target.row_group(part.number)).collect();
    for path in conclude::row_groups(target)? {
        if !listed.contains(&path) {
            durable::remove_file(&path)?;
        }
    }
    durable::remove_file(&target.spliced())
}

fn is_gone(error: &StorageError) -> bool {
    error
        .errno
        .map(std::io::Error::from_raw_os_error)
        .is_some_and(|error| error.kind() == ErrorKind::NotFound)
}

fn nothing_to_resume(target: &Target) -> Error {
    let message = format!(
        "There is no export of {} to resume: {} does not exist, or holds nothing that was committed. Leave resume \
         out to begin one",
        target.path.display(),
        target.part.display()
    );
    StorageError::conflict(&target.path, message, Vec::new())
}
