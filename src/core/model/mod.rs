//! What the service speaks of: the fields of a session ([`fields`]), a
//! page of sessions as it is sent ([`page_body`]), how much is made sure of a list ([`consistency`]), times ([`time`]), numbers
//! as sentences have them ([`counted`]), what
//! a proof needs of each row ([`row_facts`]), and what is known of a whole listing ([`report`]).
//! It makes no request, knows no error type and runs no listing.

pub mod consistency;
pub mod counted;
pub mod fields;
pub mod hex;
pub mod likeness;
pub mod mask_report;
pub mod page_body;
pub mod report;
pub mod report_json;
pub mod row_facts;
pub mod time;
mod usual_time;
