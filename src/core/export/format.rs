//! Which format and which compression a file has: what its name says, what the caller says, and where
//! the two contradict. Pure.

use std::path::Path;

use crate::core::config::told;
use crate::core::error::{Error, Result};

/// What the rows are written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    JsonLines,
    Csv,
    Parquet,
}

/// How text is compressed; Parquet compresses its own pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    None,
    Gzip,
    Zstd,
}

/// Both, and how hard to compress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encoding {
    pub format: Format,
    pub compression: Compression,
    /// `None`: the compression's own default.
    pub level: Option<i32>,
}

impl Format {
    /// The names users write.
    const NAMES: [(&'static str, Self); 4] = [
        ("jsonl", Self::JsonLines),
        ("ndjson", Self::JsonLines),
        ("csv", Self::Csv),
        ("parquet", Self::Parquet),
    ];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::JsonLines => "jsonl",
            Self::Csv => "csv",
            Self::Parquet => "parquet",
        }
    }
}

impl Compression {
    const NAMES: [(&'static str, Option<Self>); 8] = [
        ("infer", None),
        ("none", Some(Self::None)),
        ("uncompressed", Some(Self::None)),
        ("gzip", Some(Self::Gzip)),
        ("gz", Some(Self::Gzip)),
        ("zstd", Some(Self::Zstd)),
        ("zst", Some(Self::Zstd)),
        ("zstandard", Some(Self::Zstd)),
    ];
    const EXTENSIONS: [(&'static str, Self); 4] =
        [("gz", Self::Gzip), ("gzip", Self::Gzip), ("zst", Self::Zstd), ("zstd", Self::Zstd)];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }

    /// The levels that it takes.
    fn levels(self) -> std::ops::RangeInclusive<i32> {
        match self {
            Self::None => 0..=0,
            Self::Gzip => 0..=9,
            Self::Zstd => -7..=22,
        }
    }
}

/// What the caller said, in his own words.
#[derive(Debug, Clone, Default)]
pub struct EncodingRequest {
    pub format: Option<String>,
    /// `None` and `"infer"` leave it to the name.
    pub compression: Option<String>,
    pub level: Option<i64>,
}

impl EncodingRequest {
    /// The encoding of a file of this name; `None` is standard output.
    ///
    /// # Errors
    /// A name or a level that is unknown, one that contradicts the file's name, or none at all.
    pub fn resolve(&self, path: Option<&Path>) -> Result<Encoding> {
        let extensions = path.map(extensions).unwrap_or_default();
        let format = self.format(&extensions, path)?;
        let compression = self.compression(format, &extensions)?;
        let level = self.level(compression)?;
        Ok(Encoding { format, compression, level })
    }

    fn format(&self, extensions: &Extensions, path: Option<&Path>) -> Result<Format> {
        let wanted = self.format.as_deref().map(|name| lookup("format", &Format::NAMES, name)).transpose()?;
        match (wanted, extensions.format) {
            (Some(wanted), Some(named)) if wanted != named => refuse(format!(
                "format=\"{}\" contradicts the file's name, whose extension says {}; change one of them",
                wanted.name(),
                named.name()
            )),
            (Some(Format::Parquet), None) if path.is_none() => {
                refuse("Parquet cannot be written to standard output; choose \"jsonl\" or \"csv\"".to_owned())
            }
            (Some(format), _) | (None, Some(format)) => Ok(format),
            (None, None) if path.is_none() => Ok(Format::JsonLines),
            (None, None) => refuse(
                "the file's name does not say its format: end it with .jsonl, .ndjson, .csv or .parquet (text also \
                 with .gz or .zst behind it), or pass format="
                    .to_owned(),
            ),
        }
    }

    fn compression(&self, format: Format, extensions: &Extensions) -> Result<Compression> {
        let name = self.compression.as_deref().unwrap_or("infer");
        let wanted = lookup("compression", &Compression::NAMES, name)?;
        if format == Format::Parquet {
            return parquet_compression(wanted, extensions);
        }
        match (wanted, extensions.compression) {
            (Some(wanted), Some(named)) if wanted != named => refuse(format!(
                "compression=\"{}\" contradicts the file's name, whose extension says {}; change one of them",
                wanted.name(),
                named.name()
            )),
            // The name of a text file is complete without one.
            (Some(wanted), None) if wanted != Compression::None && extensions.format.is_some() => {
                refuse(format!(
                    "compression=\"{}\" contradicts the file's name, whose extension says that it is plain {}; \
                 add .{} to it",
                    wanted.name(),
                    format.name(),
                    if wanted == Compression::Gzip { "gz" } else { "zst" }
                ))
            }
            (Some(compression), _) | (None, Some(compression)) => Ok(compression),
            (None, None) => Ok(Compression::None),
        }
    }

    fn level(&self, compression: Compression) -> Result<Option<i32>> {
        let Some(level) = self.level else { return Ok(None) };
        let levels = compression.levels();
        if compression == Compression::None {
            return refuse("compression_level is given, and nothing is compressed".to_owned());
        }
        match i32::try_from(level).ok().filter(|level| levels.contains(level)) {
            Some(level) => Ok(Some(level)),
            None => refuse(format!(
                "compression_level must be between {} and {} for {}, not {}",
                levels.start(),
                levels.end(),
                compression.name(),
                told(level)
            )),
        }
    }
}

/// Parquet compresses its own pages, whatever stands behind the name.
fn parquet_compression(wanted: Option<Compression>, extensions: &Extensions) -> Result<Compression> {
    if let Some(outer) = extensions.compression {
        return refuse(format!(
            "Parquet compresses its own pages: take the extension for {} off the file's name",
            outer.name()
        ));
    }
    match wanted {
        Some(Compression::Gzip) => {
            refuse("Parquet is compressed with \"zstd\" or \"none\" here, not with \"gzip\"".to_owned())
        }
        wanted => Ok(wanted.unwrap_or(Compression::Zstd)),
    }
}

/// What a file's name says.
#[derive(Debug, Default)]
struct Extensions {
    format: Option<Format>,
    compression: Option<Compression>,
}

fn extensions(path: &Path) -> Extensions {
    let compression = extension(path).and_then(|text| find(&Compression::EXTENSIONS, &text));
    let inner = path.file_stem().map(Path::new).filter(|_| compression.is_some()).unwrap_or(path);
    let format = extension(inner).and_then(|text| find(&Format::NAMES, &text));
    Extensions { format, compression }
}

fn extension(path: &Path) -> Option<String> {
    path.extension()?.to_str().map(str::to_ascii_lowercase)
}

fn find<T: Copy>(names: &[(&str, T)], name: &str) -> Option<T> {
    names.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
}

fn lookup<T: Copy>(argument: &str, names: &[(&str, T)], name: &str) -> Result<T> {
    let known = || names.iter().map(|(name, _)| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
    find(names, name)
        .ok_or_else(|| Error::Configuration(format!("{argument} must be one of {}, not \"{name}\"", known())))
}

fn refuse<T>(message: String) -> Result<T> {
    Err(Error::Configuration(message))
}
