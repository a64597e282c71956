//! Any bytes as an answer of the service: no panic, and whatever is an answer becomes facts and columns.
#![no_main]

use blocks_sessions::core::model::page_body::PageBody;
use blocks_sessions::core::arrow::Columns;
use bytes::Bytes;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    match PageBody::parse(Bytes::copy_from_slice(body)) {
        Ok(answer) => {
            assert_eq!(answer.facts(0).rows.len(), answer.len());
            let mut columns = Columns::default();
            answer.sessions().for_each(|session| columns.push(session));
            assert_eq!(columns.finish().expect("a batch").num_rows(), answer.len());
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
