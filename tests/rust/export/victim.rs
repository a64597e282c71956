//! An export in a process of its own, that may be killed, and the judge of what it leaves.

use std::collections::HashSet;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use arrow_array::cast::AsArray as _;
use blocks_sessions::core::error::Error;
use blocks_sessions::core::export::{Export, ExportReport, Rules};
use blocks_sessions::emulator::Emulator;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::{client, run, to};

const URL: &str = "BLOCKS_TEST_EXPORT_URL";
const PATH: &str = "BLOCKS_TEST_EXPORT_PATH";
const RULES: &str = "BLOCKS_TEST_EXPORT_RULES";
/// A storage error, with its number on standard error.
pub const STORAGE: i32 = 3;

/// What a victim is to do.
pub struct Victim {
    pub url: String,
    pub path: PathBuf,
    pub rules: Rules,
    pub overwrite: bool,
}

/// Commits often, so that few sessions have many.
pub fn often() -> Rules {
    Rules { commit_rows: Some(100), ..Rules::default() }
}

impl Victim {
    pub fn new(server: &Emulator, path: PathBuf) -> Self {
        Self { url: server.url(), path, rules: often(), overwrite: false }
    }

    /// The command line of its process, for whoever runs it under something.
    pub fn command(&self, program: &[&str]) -> Command {
        let own = std::env::current_exe().unwrap();
        let own = own.to_str().unwrap();
        let line = [own, "--exact", "export::victim::victim", "--ignored", "--nocapture", "--test-threads=1"];
        let words: Vec<&str> = program.iter().copied().chain(line).collect();
        let mut command = Command::new(words[0]);
        let Rules { cut_data, restore_ids, data_first, .. } = self.rules;
        let rules = serde_json::json!([cut_data, restore_ids, data_first, self.overwrite]);
        command.args(&words[1..]).env(URL, &self.url).env(PATH, &self.path).env(RULES, rules.to_string());
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        command
    }

    /// Where it writes: strace is to leave its sockets alone.
    pub fn files(&self) -> Vec<PathBuf> {
        let folder = self.path.parent().unwrap();
        let name = self.path.file_name().unwrap().to_str().unwrap();
        let part = folder.join(format!("{name}.part"));
        let draft = format!(".{:08x}.new", crc32fast::hash(format!("{name}.report.json").as_bytes()));
        let groups = (0..8).map(|number| format!("part-{number:05}.parquet"));
        let inside = ["data", "ids", "manifest.jsonl", "spliced.parquet", "lock"].map(str::to_owned);
        let names: Vec<String> = inside.into_iter().chain(groups).collect();
        let done = folder.join(format!("{name}.part-done"));
        let inside = [&part, &done].map(|folder| names.iter().map(|name| folder.join(name)));
        let beside = [folder.to_owned(), part.clone(), done.clone(), self.path.clone(), folder.join(draft)];
        inside.into_iter().flatten().chain(beside).collect()
    }

    /// The export in this process.
    pub fn finish(&self) -> Result<ExportReport, Error> {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(async {
            let mut request = to(&self.path);
            request.rules = self.rules;
            request.overwrite = self.overwrite;
            run(&Export::new(client(&self.url), request)?).await
        })
    }
}

/// Not a test of its own.
#[test]
#[ignore = "run by other tests, in a process of its own"]
fn victim() {
    let (Ok(url), Some(path)) = (std::env::var(URL), std::env::var_os(PATH)) else { return };
    let [cut_data, restore_ids, data_first, overwrite]: [bool; 4] =
        serde_json::from_str(&std::env::var(RULES).unwrap()).unwrap();
    let rules = Rules { cut_data, restore_ids, data_first, ..often() };
    println!("\nbegun");
    let code = match (Victim { url, path: path.into(), rules, overwrite }).finish() {
        Ok(_) => 0,
        Err(Error::Storage(error)) => {
            eprintln!("errno {:?}: {error}", error.errno);
            STORAGE
        }
        Err(error) => panic!("{error}"),
    };
    std::process::exit(code);
}

/// The ids in a file, in order, read without code of ours.
pub fn ids(path: &Path) -> Vec<String> {
    let name = path.file_name().unwrap().to_str().unwrap();
    if name.ends_with(".parquet") {
        let rows =
            ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap().build().unwrap();
        let column = |batch: arrow_array::RecordBatch| {
            batch.column(0).as_string::<i32>().iter().map(|id| id.unwrap().to_owned()).collect::<Vec<_>>()
        };
        return rows.flat_map(|batch| column(batch.unwrap())).collect();
    }
    let mut text = String::new();
    let file = File::open(path).unwrap();
    match path.extension().unwrap().to_str().unwrap() {
        "gz" => flate2::read::MultiGzDecoder::new(file).read_to_string(&mut text),
        "zst" => zstd::Decoder::new(file).unwrap().read_to_string(&mut text),
        _ => { file }.read_to_string(&mut text),
    }
    .expect("the file is whole");
    if name.contains(".csv") {
        return text.split("\r\n").skip(1).filter(|line| !line.is_empty()).map(first_cell).collect();
    }
    let id = |line: &str| {
        let session: serde_json::Value = serde_json::from_str(line).expect("a line is whole");
        session["session_id"].as_str().unwrap().to_owned()
    };
    text.lines().map(id).collect()
}

fn first_cell(line: &str) -> String {
    line.split(',').next().unwrap().to_owned()
}

/// Says what is wrong with a file: sessions that are missing, or there twice.
pub fn judge(path: &Path, expected: &[String]) -> Result<(), String> {
    let path = path.to_owned();
    let found = std::panic::catch_unwind(move || ids(&path)).map_err(|_| "torn".to_owned())?;
    let distinct: HashSet<&String> = found.iter().collect();
    let missed = expected.iter().filter(|id| !distinct.contains(id)).count();
    match (missed, found.len() - distinct.len()) {
        (0, 0) => Ok(()),
        (missed, repeated) => Err(format!("{missed} missed, {repeated} repeated of {}", found.len())),
    }
}
