//! `blocks-sessions verify`: whether an export or a mirror is still what its own report says.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use crate::cli::frame::exit::{Exit, Failure, Outcome};
use crate::cli::frame::flags::Shared;
use crate::cli::frame::values::kept_file;
use crate::cli::frame::{Command, Frame, apart};
use crate::cli::output::stdout::Stdout;
use crate::cli::output::text::visible;
use crate::core::model::counted::sessions;
use crate::core::storage::Verification;
use crate::core::{export, mirror};

/// What every file of SQLite's begins with.
const SQLITE: &[u8] = b"SQLite format 3\0";

/// Check an export or a mirror against its own report: hashes, rows, repeats
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  blocks-sessions verify sessions.parquet
  blocks-sessions verify support.db exports/*.jsonl.zst || echo 'look at them'")]
pub struct Verify {
    /// A file that `export` made, or one that `sync` made
    #[arg(required = true, value_name = "PATH|MIRROR", value_parser = kept_file())]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    shared: Shared,
}

impl Command for Verify {
    fn shared(&self) -> &Shared {
        &self.shared
    }

    async fn run(self, frame: Arc<Frame>) -> Outcome {
        let mut stdout = Stdout::open(&frame)?;
        let (mut exit, mut failed) = (Exit::Done, None);
        for path in files(self.paths)? {
            let name = visible(&path.display().to_string());
            // Another path may be in order though this one cannot be read.
            let Verification { rows, findings } = match check(path).await {
                Ok(found) => found,
                Err(failure) => {
                    frame.talk.fail(&failure);
                    failed = Some(failure.exit);
                    continue;
                }
            };
            if findings.is_empty() {
                stdout.write(format!("{name}: {}, as its report says\n", sessions(rows)).as_bytes())?;
            }
            for finding in findings {
                exit = Exit::Unproven;
                stdout.write(format!("{name}: {}\n", visible(&finding)).as_bytes())?;
            }
        }
        Ok(failed.unwrap_or(exit))
    }
}

/// Without the reports that lie beside the files, which `exports/*` names too.
fn files(mut paths: Vec<PathBuf>) -> Result<Vec<PathBuf>, Failure> {
    let named = paths.clone();
    let without = |path: &Path, ending: &str| {
        path.extension().filter(|found| *found == ending).map(|_| path.with_extension(""))
    };
    let about = |path: &Path| without(&without(path, "json")?, "report");
    paths.retain(|path| about(path).is_none_or(|file| !named.contains(&file)));
    let alone = paths.iter().find_map(|path| about(path).filter(|file| file.exists()));
    match alone {
        None => Ok(paths),
        Some(file) => Err(Failure::usage(format!(
            "{0}.report.json is the report of {0}: give the name of that file, and its report is read too",
            file.display()
        ))),
    }
}

/// It reads all of a file.
async fn check(path: PathBuf) -> Result<Verification, Failure> {
    let look = move || if is_sqlite(&path) { mirror::verify(&path) } else { export::verify(&path) };
    Ok(apart(look).await??)
}

fn is_sqlite(path: &Path) -> bool {
    let mut start = [0; 16];
    File::open(path).and_then(|mut file| file.read_exact(&mut start)).is_ok() && start == SQLITE
}
