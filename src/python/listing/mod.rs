//! Listings for Python: the blocking iterators, what the asyncio ones stand on, and `collect`.
//!
//! [`pages`] reads one listing a page at a time, with progress and warnings, for all of them. [`iterator`] adds
//! what leaves a page: rows that wait ([`unread`]), tables and streams (`python::arrow`). It decides nothing about
//! what is requested: that is the core's listing.
//!
//! # What becomes of a page that was read and not handed out
//! | it waits in | because | it goes on |
//! |---|---|---|
//! | the core's reorder buffer and read-ahead | nobody asked for it yet | with the next `next()`; `close()` and dropping let go of it |
//! | [`Pages::put_back`](pages::Pages::put_back) | a callback raised, Ctrl-C came, or there was no memory for what was to be made of it | first of all with the next call |
//! | [`PageLease`] | the task that asked for it was cancelled while it was on its way to the loop | back to the listing, before anybody else has a turn |
//! | [`unread`] | `next()` makes objects of a whole page and hands out one | with the next `next()`; a table takes what is left as rows |
//! | `python::arrow::BatchAccumulator` | a table failed, or a stream was not read to its end | into the next table, or with that stream; `next()` refuses to pass it by |
//! | [`reading`] | the iterator was let go of | nowhere: the report that stays counts it as not handed out, and is not complete |
//!
//! None of them is counted in `report.yielded`, and a listing with one is not complete for its reader. After a fork
//! the child touches none: they are the parent's.

pub mod aio;
pub mod by_page;
pub mod by_session;
pub mod collect;
pub mod count;
pub mod iterator;
mod lease;
pub mod pages;
pub mod progress;
mod reading;
mod unread;

pub use lease::PageLease;
pub use reading::ReportHandle;
