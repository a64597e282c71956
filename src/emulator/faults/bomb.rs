//! A gzip body that is small on the wire and huge when unpacked. It knows no HTTP.

use std::io;
use std::sync::OnceLock;

use bytes::Bytes;
use flate2::{Compress, Compression, Crc, FlushCompress};

/// Unpacks to about so many blanks.
const MEBIBYTES: u32 = 1024;
const BEGINNING: &[u8] = br#"{"sessions":["#;

/// The bomb, made once.
pub(in super::super) fn gzip_bomb() -> Bytes {
    static BOMB: OnceLock<Bytes> = OnceLock::new();
    BOMB.get_or_init(|| make().unwrap_or_default()).clone()
}

/// One mebibyte is compressed once; the block that it makes ends on a byte and refers to nothing
/// before it, so it can be repeated.
fn make() -> io::Result<Bytes> {
    let blanks = vec![b' '; 1 << 20];
    let beginning = block(BEGINNING, FlushCompress::Full)?;
    let middle = block(&blanks, FlushCompress::Full)?;
    let end = block(b"]}", FlushCompress::Finish)?;
    let (mut crc, mut crc_of_blanks) = (Crc::new(), Crc::new());
    crc.update(BEGINNING);
    crc_of_blanks.update(&blanks);
    // A gzip header: deflate, no flags, no time, unknown system.
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    out.extend_from_slice(&beginning);
    for _ in 0..MEBIBYTES {
        out.extend_from_slice(&middle);
        crc.combine(&crc_of_blanks);
    }
    out.extend_from_slice(&end);
    crc.update(b"]}");
    out.extend_from_slice(&crc.sum().to_le_bytes());
    out.extend_from_slice(&crc.amount().to_le_bytes());
    Ok(Bytes::from(out))
}

fn block(data: &[u8], flush: FlushCompress) -> io::Result<Vec<u8>> {
    let mut out = Vec::with_capacity(data.len() / 2 + 128);
    Compress::new(Compression::best(), false)
        .compress_vec(data, &mut out, flush)
        .map_err(io::Error::other)?;
    Ok(out)
}
