//! Whether there is memory for what is about to be made of a page.

use super::{Error, Result};

/// Less than this is not asked for: the process could do nothing without it, not even tell. So it is also to be
/// left when everything asked for is taken.
const LITTLE: usize = 1 << 20;
/// What is asked for at least. glibc gives back a piece beyond 32 MB and forgets it; of a smaller one it learns to keep
/// pieces of that size, and the memory of a process that reads a long list would grow.
const APART: usize = 33 << 20;

/// An error where there is no room for so many bytes.
///
/// What grows piece by piece (columns, lines, compressed frames) cannot tell of memory that is not there: the process
/// would be aborted. So as much is asked for in one piece beforehand, and given back at once. Another thread may
/// take it in between: this is a check, and no reservation.
pub fn room_for(bytes: usize, what: &str) -> Result<()> {
    if bytes < LITTLE || Vec::<u8>::new().try_reserve_exact(bytes.saturating_add(LITTLE).max(APART)).is_ok() {
        return Ok(());
    }
    Err(Error::Memory(format!(
        "there is not enough memory for {what} ({} MB more are needed): free some, or read fewer sessions at once",
        bytes.div_ceil(1 << 20)
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_had_is_told_and_a_little_is_not_asked_for() {
        assert!(room_for(64 << 20, "a page").is_ok());
        assert!(room_for(LITTLE - 1, "a page").is_ok());
        let error = room_for(isize::MAX.unsigned_abs(), "columns").unwrap_err();
        assert!(
            matches!(&error, Error::Memory(told) if told.contains("enough memory for columns")),
            "{error}"
        );
    }
}
