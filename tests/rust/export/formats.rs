//! What stands in a file: the bytes that were sent, one value a cell, every session once.

use std::fs::File;
use std::io::Read as _;

use arrow_array::cast::AsArray as _;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::file::serialized_reader::ReadOptionsBuilder;

use blocks_sessions::core::model::hex::hex;

use super::{export, given, holding, start, to};
use crate::storage::Folder;

fn sha256(content: &[u8]) -> String {
    hex(ring::digest::digest(&ring::digest::SHA256, content).as_ref())
}

#[tokio::test(flavor = "multi_thread")]
async fn json_lines_are_what_was_sent() {
    let sent = [
        "{\"session_id\": \"a\",  \"n\": 1.50e+3, \"t\": \"\\u00e9 \\n\" ,\"created_at\":\"2026-01-02T00:00:00Z\"}",
        "{\r\n  \"session_id\": \"b\",\n\t\"big\": 123456789012345678901234567890,\n \"o\" : { } , \"created_at\":\"2026-01-01T00:00:00Z\" \n}",
    ];
    let server = start(given(&sent));
    let folder = Folder::new();
    let path = folder.join("out.jsonl");
    let report = export(&server, to(&path)).await.unwrap();
    let lines = "{\"session_id\": \"a\",  \"n\": 1.50e+3, \"t\": \"\\u00e9 \\n\" ,\"created_at\":\"2026-01-02T00:00:00Z\"}\n\
                 {\"session_id\": \"b\",\"big\": 123456789012345678901234567890,\"o\" : { } , \"created_at\":\"2026-01-01T00:00:00Z\"}\n";
    let content = std::fs::read(&path).unwrap();
    assert_eq!(String::from_utf8_lossy(&content), lines);
    assert_eq!((report.bytes, report.summary.rows, report.summary.resumed), (lines.len() as u64, 2, 0));
    assert_eq!(report.sha256.as_deref(), Some(sha256(&content).as_str()));
    assert!(report.summary.complete());
}

#[tokio::test(flavor = "multi_thread")]
async fn text_is_compressed_in_frames_and_the_report_lies_beside() {
    let server = start(holding(25_000));
    let folder = Folder::new();
    let plain = folder.join("out.jsonl");
    export(&server, to(&plain)).await.unwrap();
    let text = std::fs::read(&plain).unwrap();
    assert_eq!(text.iter().filter(|byte| **byte == b'\n').count(), 25_000);
    let zst = folder.join("out.jsonl.zst");
    let report = export(&server, to(&zst)).await.unwrap();
    let compressed = std::fs::read(&zst).unwrap();
    let frames = compressed.windows(4).filter(|bytes| *bytes == [0x28, 0xb5, 0x2f, 0xfd]).count();
    assert!(frames >= 3, "a frame for each commit, not {frames}");
    assert_eq!(zstd::decode_all(compressed.as_slice()).unwrap(), text);
    let gz = folder.join("out.jsonl.gz");
    export(&server, to(&gz)).await.unwrap();
    let mut inflated = Vec::new();
    flate2::read::MultiGzDecoder::new(File::open(&gz).unwrap()).read_to_end(&mut inflated).unwrap();
    assert!(inflated == text);
    let beside: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.join("out.jsonl.zst.report.json")).unwrap()).unwrap();
    assert_eq!(beside["sha256"], serde_json::json!(report.sha256));
    assert_eq!(beside["sha256"], sha256(&compressed));
    assert_eq!((&beside["rows"], &beside["complete"]), (&25_000.into(), &true.into()));
    let names: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 6, "{names:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn csv_tells_null_from_empty_and_quotes_what_it_must() {
    let server = start(given(&[
        r#"{"session_id":"a,\"b\"","status":"","feedback":"=1+1\nx","created_at":"2026-01-02T03:04:05.25+01:00",
            "message_count":3,"rating":5,"revenue":1.5e300,"resolved":true,"tags":["x",null],"user_info":{"name":"Mei"},"odd":1}"#,
    ]));
    let folder = Folder::new();
    let path = folder.join("out.csv");
    export(&server, to(&path)).await.unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let (header, row) = text.split_once("\r\n").unwrap();
    assert!(header.starts_with("session_id,agent_id,widget_id,user_id,status,"), "{header}");
    assert_eq!(
        row,
        "\"a,\"\"b\"\"\",,,,\"\",,,\"=1+1\nx\",2026-01-02T02:04:05.250000Z,,,,3,,,,,5.0,,1.5e300,true,,,\
         \"[\"\"x\"\",null]\",\"{\"\"name\"\":\"\"Mei\"\"}\",,,,,Mei,,,,\"{\"\"odd\"\":1}\"\r\n"
    );
    let mut safe = to(&folder.join("safe.csv"));
    safe.spreadsheet_safe = true;
    export(&server, safe).await.unwrap();
    let text = std::fs::read_to_string(folder.join("safe.csv")).unwrap();
    assert!(text.contains("\"'=1+1\nx\""), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn parquet_has_its_row_groups_index_bloom_filter_and_report() {
    let server = start(holding(70_000));
    let folder = Folder::new();
    let path = folder.join("out.parquet");
    let report = export(&server, to(&path)).await.unwrap();
    assert_eq!(report.sha256.as_deref(), Some(sha256(&std::fs::read(&path).unwrap()).as_str()));
    let options = ReadOptionsBuilder::new().with_page_index().build();
    let reader = SerializedFileReader::new_with_options(File::open(&path).unwrap(), options).unwrap();
    let metadata = reader.metadata();
    let groups: Vec<i64> =
        metadata.row_groups().iter().map(parquet::file::metadata::RowGroupMetaData::num_rows).collect();
    assert_eq!((groups.len(), groups.iter().sum::<i64>()), (2, 70_000));
    assert!(groups.iter().all(|rows| *rows <= 65_536), "{groups:?}");
    assert!(metadata.column_index().is_some() && metadata.offset_index().is_some());
    assert!(metadata.row_groups().iter().all(|group| group.column(0).bloom_filter_offset().is_some()));
    assert!(metadata.row_groups().iter().all(|group| group.column(0).statistics().is_some()));
    let file = metadata.file_metadata();
    assert!(file.created_by().unwrap().starts_with("blocks-sessions version "));
    let said = file.key_value_metadata().unwrap();
    let said = |key: &str| said.iter().find(|pair| pair.key == key).unwrap().value.clone().unwrap();
    let footer: serde_json::Value = serde_json::from_str(&said("blocks_sessions.report")).unwrap();
    assert_eq!((&footer["rows"], footer.get("sha256")), (&70_000.into(), None));
    assert_eq!(said("blocks_sessions.version"), env!("CARGO_PKG_VERSION"));
    let rows = ParquetRecordBatchReaderBuilder::try_new(File::open(&path).unwrap()).unwrap();
    assert_eq!(rows.schema().fields(), blocks_sessions::core::arrow::schema().fields());
    let mut ids = std::collections::HashSet::new();
    for batch in rows.build().unwrap() {
        let batch = batch.unwrap();
        ids.extend(batch.column(0).as_string::<i32>().iter().map(|id| id.unwrap().to_owned()));
    }
    assert_eq!(ids.len(), 70_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_list_is_a_valid_file_of_no_rows() {
    let server = start(holding(0));
    let folder = Folder::new();
    for name in ["a.jsonl", "a.jsonl.gz", "a.jsonl.zst", "a.csv", "a.csv.gz", "a.parquet"] {
        let report = export(&server, to(&folder.join(name))).await.unwrap();
        assert_eq!((report.summary.rows, report.summary.complete()), (0, true), "{name}");
    }
    let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
    assert!(read("a.jsonl").is_empty());
    assert!(zstd::decode_all(read("a.jsonl.zst").as_slice()).unwrap().is_empty());
    let mut inflated = String::new();
    flate2::read::MultiGzDecoder::new(read("a.csv.gz").as_slice()).read_to_string(&mut inflated).unwrap();
    assert!(inflated.starts_with("session_id,") && inflated.ends_with("extra\r\n"));
    let file = File::open(folder.join("a.parquet")).unwrap();
    let rows = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    assert_eq!(rows.schema().fields(), blocks_sessions::core::arrow::schema().fields());
    assert_eq!(rows.metadata().file_metadata().num_rows(), 0);
}
