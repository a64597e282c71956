//! Standard input as a file, with every error told: `std::io::stdin()` takes a closed descriptor for an empty one.

#[cfg(unix)]
use std::fs::File;
use std::io::{self, Read};

/// Standard input, to be read.
///
/// # Errors
/// It is closed.
#[cfg(unix)]
pub fn stdin() -> io::Result<impl Read + Send> {
    use std::os::fd::AsFd as _;
    Ok(File::from(io::stdin().as_fd().try_clone_to_owned()?))
}

/// Standard input, to be read: a console's characters are for the library to read.
///
/// # Errors
/// None here.
#[cfg(windows)]
pub fn stdin() -> io::Result<impl Read + Send> {
    Ok(io::stdin())
}
