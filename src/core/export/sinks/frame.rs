//! One compressed frame: a gzip member or a zstd frame of its own, so that a file is a sequence of them.
//! It knows no file.

use std::io::{self, Write};

use flate2::write::GzEncoder;

use crate::core::export::format::Compression;

/// Text on its way into a frame.
pub enum Frame {
    Plain(Vec<u8>),
    Gzip(GzEncoder<Vec<u8>>),
    Zstd(Box<zstd::stream::write::Encoder<'static, Vec<u8>>>),
}

impl Frame {
    pub fn begin(compression: Compression, level: Option<i32>) -> io::Result<Self> {
        Ok(match compression {
            Compression::None => Self::Plain(Vec::new()),
            Compression::Gzip => {
                let level = level.and_then(|level| u32::try_from(level).ok());
                let level = level.map_or_else(flate2::Compression::default, flate2::Compression::new);
                Self::Gzip(GzEncoder::new(Vec::new(), level))
            }
            Compression::Zstd => {
                let mut encoder = zstd::stream::write::Encoder::new(
                    Vec::new(),
                    level.unwrap_or(zstd::DEFAULT_COMPRESSION_LEVEL),
                )?;
                encoder.include_checksum(true)?;
                Self::Zstd(Box::new(encoder))
            }
        })
    }

    /// # Errors
    /// There is not enough memory for what the text becomes, however badly it packs.
    pub fn write(&mut self, text: &[u8]) -> io::Result<()> {
        self.buffer().try_reserve(text.len()).map_err(|_| io::ErrorKind::OutOfMemory)?;
        match self {
            Self::Plain(out) => out.write_all(text),
            Self::Gzip(encoder) => encoder.write_all(text),
            Self::Zstd(encoder) => encoder.write_all(text),
        }
    }

    fn buffer(&mut self) -> &mut Vec<u8> {
        match self {
            Self::Plain(out) => out,
            Self::Gzip(encoder) => encoder.get_mut(),
            Self::Zstd(encoder) => encoder.get_mut(),
        }
    }

    /// The frame, whole.
    pub fn end(self) -> io::Result<Vec<u8>> {
        match self {
            Self::Plain(out) => Ok(out),
            Self::Gzip(encoder) => encoder.finish(),
            Self::Zstd(encoder) => encoder.finish(),
        }
    }
}
