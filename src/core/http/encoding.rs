//! Bodies that are still packed when the HTTP library is done with them: it knows the codings' names in small
//! letters only, and names are case-insensitive. It knows no socket.

use std::io::Read as _;

use bytes::Bytes;
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use http::HeaderMap;
use http::header::CONTENT_ENCODING;

use super::transport::Body;
use super::transport_error::{TransportError, TransportErrorKind};

/// The coding that a body is still packed with; the library removes the header of those that it unpacks.
pub(super) fn left(headers: &HeaderMap) -> Option<String> {
    let coding = headers.get(CONTENT_ENCODING)?.to_str().ok()?.trim().to_ascii_lowercase();
    (!coding.is_empty() && coding != "identity").then_some(coding)
}

/// The body as it was meant, up to a number of bytes.
pub(super) fn unpack(coding: &str, packed: &Bytes, limit: usize) -> Result<Body, TransportError> {
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let mut out = Vec::new();
    let read = match coding {
        "gzip" | "x-gzip" => MultiGzDecoder::new(&packed[..]).take(most).read_to_end(&mut out),
        // Meant is zlib's form; some servers send the bare one.
        "deflate" if ZlibDecoder::new(&packed[..]).read(&mut [0]).is_ok() => {
            ZlibDecoder::new(&packed[..]).take(most).read_to_end(&mut out)
        }
        "deflate" => DeflateDecoder::new(&packed[..]).take(most).read_to_end(&mut out),
        other => {
            let words = format!("the answer is packed as {other:?}, which was not asked for");
            return Err(TransportError::new(TransportErrorKind::Encoding, words));
        }
    };
    match read {
        Ok(_) if out.len() > limit => Ok(Body::TooLarge(out.into())),
        Ok(_) => Ok(Body::Whole(out.into())),
        Err(error) => {
            let words = format!("the answer's compression is broken ({error})");
            Err(TransportError::new(TransportErrorKind::Encoding, words))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
    use std::io::Write as _;

    fn whole(body: Result<Body, TransportError>) -> Vec<u8> {
        match body {
            Ok(Body::Whole(bytes)) => bytes.to_vec(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn codings_are_known_by_any_spelling() {
        let mut headers = HeaderMap::new();
        assert_eq!(left(&headers), None);
        for (sent, read) in [("GZIP", Some("gzip")), ("Identity", None), ("X-Gzip", Some("x-gzip"))] {
            headers.insert(CONTENT_ENCODING, sent.parse().unwrap());
            assert_eq!(left(&headers).as_deref(), read);
        }
    }

    #[test]
    fn what_is_packed_is_unpacked_within_bounds() {
        let text = b"sessions".repeat(1000);
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(&text).unwrap();
        let gzip = Bytes::from(gzip.finish().unwrap());
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(&text).unwrap();
        let mut bare = DeflateEncoder::new(Vec::new(), Compression::fast());
        bare.write_all(&text).unwrap();
        assert_eq!(whole(unpack("gzip", &gzip, 1 << 20)), text);
        assert_eq!(whole(unpack("deflate", &zlib.finish().unwrap().into(), 1 << 20)), text);
        assert_eq!(whole(unpack("deflate", &bare.finish().unwrap().into(), 1 << 20)), text);
        assert!(matches!(unpack("gzip", &gzip, 100), Ok(Body::TooLarge(_))));
        let broken = unpack("gzip", &gzip.slice(..gzip.len() / 2), 1 << 20).unwrap_err();
        assert_eq!(broken.kind, TransportErrorKind::Encoding);
        let unknown = unpack("gzip, compress", &gzip, 1 << 20).unwrap_err();
        assert!(unknown.words.contains("not asked for"), "{}", unknown.words);
    }
}
