//! The end of an export: the rename, the report, and the removal of what was only needed to resume. Each
//! step may be the last before a crash, and the next call goes on from there.

use std::path::Path;

use super::manifest::{Commit, DataState, Finished};
use super::report::ExportReport;
use super::sinks::hash_matches;
use super::target::Target;
use crate::core::error::{Result, StorageError};
use crate::core::storage::{FileLock, durable};

/// Whether something has the target's name; a link that leads nowhere is something.
pub fn is_taken(path: &Path) -> Result<bool> {
    match path.symlink_metadata() {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(StorageError::failed("Could not look for", path, &error)),
    }
}

pub fn refuse_taken(target: &Target) -> Result<()> {
    if !is_taken(&target.path)? {
        return Ok(());
    }
    let message = format!(
        "{} exists. Choose another name, or pass overwrite=True, which replaces it when the new file is whole",
        target.path.display()
    );
    Err(StorageError::conflict(&target.path, message, Vec::new()))
}

/// Gives the result its name. One that is replaced passes on its mode.
pub fn publish(target: &Target, whole: &Path, overwrite: bool) -> Result<()> {
    if !overwrite {
        refuse_taken(target)?;
    } else if let Ok(old) = std::fs::metadata(&target.path) {
        std::fs::set_permissions(whole, old.permissions())
            .map_err(|error| StorageError::failed("Could not set the mode of", whole, &error))?;
    }
    durable::rename(whole, &target.path)
}

/// Writes the report and removes the folder. First the folder is renamed: from then on the export is over,
/// and a crash leaves nothing that a later call could take for one to be resumed.
pub fn clear(target: &Target, lock: FileLock, finished: Finished) -> Result<ExportReport> {
    let Finished { bytes, sha256, summary } = finished;
    let report = ExportReport { path: target.path.clone(), bytes, sha256: Some(sha256), summary };
    let mut text = serde_json::to_string_pretty(&report).unwrap_or_default();
    text.push('\n');
    durable::replace(&target.report, text.as_bytes())?;
    sweep(target)?;
    durable::rename(&target.part, &target.done)?;
    remove_done(target);
    drop(lock);
    Ok(report)
}

/// What an earlier call was killed in the middle of removing. It is no failure of an export that it stays.
pub fn remove_done(target: &Target) {
    if let Ok(entries) = std::fs::read_dir(&target.done) {
        for entry in entries.flatten() {
            let _ = std::fs::remove_file(entry.path());
        }
        let _ = std::fs::remove_dir(&target.done);
    }
}

/// Removes rows from the folder, and leaves the manifest and what is not ours.
pub fn sweep(target: &Target) -> Result<()> {
    for path in [target.data(), target.ids(), target.spliced()] {
        durable::remove_file(&path)?;
    }
    for path in row_groups(target)? {
        durable::remove_file(&path)?;
    }
    Ok(())
}

/// The row groups in the folder, committed or not.
pub fn row_groups(target: &Target) -> Result<Vec<std::path::PathBuf>> {
    let entries = std::fs::read_dir(&target.part)
        .map_err(|error| StorageError::failed("Could not read the folder", &target.part, &error))?;
    let is_group = |path: &std::path::PathBuf| {
        let name = path.file_name().and_then(std::ffi::OsStr::to_str).unwrap_or_default();
        let number = name.strip_prefix("part-").and_then(|rest| rest.strip_suffix(".parquet"));
        number.is_some_and(|number| number.len() >= 5 && number.bytes().all(|byte| byte.is_ascii_digit()))
    };
    Ok(entries.flatten().map(|entry| entry.path()).filter(is_group).collect())
}

/// Goes on with the end of an export that was killed there. `None`: its result is gone, with all rows.
pub fn go_on(target: &Target, commit: &Commit, overwrite: bool) -> Result<Option<Finished>> {
    let Some(finished) = &commit.finished else { return Ok(None) };
    let whole = match commit.data {
        DataState::Text { .. } => target.data(),
        DataState::Parts(_) => target.spliced(),
    };
    if is_taken(&whole)? {
        // The rename is still to come.
        if !hash_matches(&whole, finished.bytes, &finished.sha256)? {
            return Err(damaged(&whole));
        }
        publish(target, &whole, overwrite)?;
        return Ok(Some(finished.clone()));
    }
    let renamed = is_taken(&target.path)? && hash_matches(&target.path, finished.bytes, &finished.sha256)?;
    Ok(renamed.then(|| finished.clone()))
}

fn damaged(path: &Path) -> crate::core::error::Error {
    let message = format!(
        "{} is damaged: it does not hold what was committed. Nothing was deleted. Restore it from a copy, or begin \
         anew with resume=False",
        path.display()
    );
    StorageError::damaged(path, message)
}
