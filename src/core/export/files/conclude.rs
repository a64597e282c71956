//! The end of an export: the rename, the report, and the removal of what was only needed to resume. Each
//! step may be the last before a crash, and the next call goes on from there.

use std::path::{Path, PathBuf};

use super::manifest::{Commit, DataState, Finished};
use super::target::Target;
use crate::core::error::{Result, StorageError};
use crate::core::export::report::ExportReport;
use crate::core::export::sinks::hash_matches;
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
    remove(target, lock)?;
    Ok(report)
}

/// Removes what was only needed to resume: of an export that is whole, or one that wrote nothing, whose manifest
/// says so as long as it is there.
pub fn remove(target: &Target, lock: FileLock) -> Result<()> {
    sweep(target)?;
    if entries(&target.part)?.iter().all(|path| is_ours(path)) {
        durable::rename(&target.part, &target.done)?;
        remove_done(target);
        drop(lock);
    } else {
        // Somebody keeps files of his own there.
        durable::remove_file(&target.manifest())?;
        durable::sync_folder(&target.part)?;
        lock.remove()?;
    }
    Ok(())
}

/// What an earlier call was killed in the middle of removing. It is no failure of an export that it stays.
pub fn remove_done(target: &Target) {
    for path in entries(&target.done).unwrap_or_default().iter().filter(|path| is_ours(path)) {
        let _ = durable::remove_file(path);
    }
    let _ = std::fs::remove_dir(&target.done);
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
pub fn row_groups(target: &Target) -> Result<Vec<PathBuf>> {
    Ok(entries(&target.part)?.into_iter().filter(|path| Target::is_row_group(path)).collect())
}

fn is_ours(path: &Path) -> bool {
    Target::is_row_group(path) || Target::INSIDE.iter().any(|name| path.ends_with(name))
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let failed = |error: std::io::Error| StorageError::failed("Could not read the folder", folder, &error);
    let entries = durable::uninterrupted(|| std::fs::read_dir(folder)).map_err(failed)?;
    entries.map(|entry| entry.map(|entry| entry.path()).map_err(failed)).collect()
}

/// Goes on with the end of an export that was killed there. `None`: its result is gone, with all rows.
pub fn go_on(target: &Target, commit: &Commit, overwrite: bool) -> Result<Option<Finished>> {
    let Some(finished) = &commit.finished else { return Ok(None) };
    let whole = match commit.data {
        DataState::Text { .. } => target.data(),
        DataState::Parts(_) => target.spliced(),
    };
    // Looked at first: where a rename is not atomic, a power cut leaves both names.
    if is_taken(&target.path)? && hash_matches(&target.path, finished.bytes, &finished.sha256)? {
        return Ok(Some(finished.clone()));
    }
    if !is_taken(&whole)? {
        return Ok(None);
    }
    if !hash_matches(&whole, finished.bytes, &finished.sha256)? {
        return Err(StorageError::altered(&whole, StorageError::NOT_COMMITTED));
    }
    publish(target, &whole, overwrite)?;
    Ok(Some(finished.clone()))
}
