//! Listings for Python: the blocking iterators, what the asyncio ones stand on, and `collect`.
//!
//! [`pages`] reads one listing a page at a time, with progress and warnings, for all of them. [`iterator`] adds
//! what leaves a page: rows that wait ([`unread`]), tables and streams (`python::arrow`). It decides nothing about
//! what is requested: that is the core's listing.

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
