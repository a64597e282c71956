//! What a file's name says, and what contradicts it.

use std::path::Path;

use blocks_sessions::core::export::format::{Compression, EncodingRequest, Format};

fn resolve(
    name: &str,
    format: Option<&str>,
    compression: Option<&str>,
) -> Result<(Format, Compression), String> {
    let request = EncodingRequest {
        format: format.map(str::to_owned),
        compression: compression.map(str::to_owned),
        level: None,
    };
    let path = (name != "-").then(|| Path::new(name));
    request
        .resolve(path)
        .map(|encoding| (encoding.format, encoding.compression))
        .map_err(|error| error.to_string())
}

#[test]
fn the_extension_decides() {
    for (name, expected) in [
        ("a.jsonl", (Format::JsonLines, Compression::None)),
        ("a.ndjson", (Format::JsonLines, Compression::None)),
        ("a.JSONL.GZ", (Format::JsonLines, Compression::Gzip)),
        ("a.b.csv.zst", (Format::Csv, Compression::Zstd)),
        ("a.parquet", (Format::Parquet, Compression::Zstd)),
        ("-", (Format::JsonLines, Compression::None)),
    ] {
        assert_eq!(resolve(name, None, None), Ok(expected), "{name}");
        assert_eq!(resolve(name, None, Some("infer")), Ok(expected), "{name}");
    }
}

#[test]
fn an_unknown_extension_leaves_it_to_the_arguments() {
    assert_eq!(resolve("dump", Some("csv"), Some("gzip")), Ok((Format::Csv, Compression::Gzip)));
    assert_eq!(resolve("dump.zst", Some("jsonl"), None), Ok((Format::JsonLines, Compression::Zstd)));
    assert_eq!(resolve("dump.txt", Some("parquet"), Some("none")), Ok((Format::Parquet, Compression::None)));
    let error = resolve("dump.txt", None, None).unwrap_err();
    assert!(error.contains(".jsonl, .ndjson, .csv or .parquet"), "{error}");
}

#[test]
fn contradictions_name_both_sides() {
    for (name, format, compression, words) in [
        ("a.csv", Some("jsonl"), None, ["jsonl", "csv"]),
        ("a.parquet", Some("csv"), None, ["csv", "parquet"]),
        ("a.csv.gz", None, Some("zstd"), ["zstd", "gzip"]),
        ("a.csv.gz", None, Some("none"), ["none", "gzip"]),
        ("a.csv", None, Some("gzip"), ["gzip", ".gz"]),
        ("a.parquet.gz", None, None, ["Parquet", "gzip"]),
        ("a.parquet", None, Some("gzip"), ["gzip", "zstd"]),
        ("a.csv", Some("xml"), None, ["xml", "parquet"]),
        ("a.csv", None, Some("lz4"), ["lz4", "zstd"]),
        ("-", Some("parquet"), None, ["Parquet", "standard output"]),
    ] {
        let error = resolve(name, format, compression).unwrap_err();
        assert!(words.iter().all(|word| error.contains(word)), "{name}: {error}");
    }
}

#[test]
fn levels_are_checked() {
    let check = |name: &str, level| {
        EncodingRequest { format: None, compression: None, level: Some(level) }
            .resolve(Some(Path::new(name)))
            .is_ok()
    };
    assert!(check("a.csv.gz", 9) && check("a.csv.zst", 22) && check("a.parquet", 1));
    assert!(!check("a.csv.gz", 10) && !check("a.csv.zst", 23) && !check("a.csv", 1));
}
