//! Standard output as a file: written in large pieces, with every error told.
//! `std::io::stdout()` cuts output into lines and takes a closed descriptor for success.

use std::fs::File;
use std::io::Write as _;
use std::sync::Arc;

use crate::cli::frame::Frame;
use crate::cli::frame::exit::Failure;

pub struct Stdout {
    file: File,
    frame: Arc<Frame>,
}

impl Stdout {
    /// # Errors
    /// It is closed.
    pub fn open(frame: &Arc<Frame>) -> Result<Self, Failure> {
        Ok(Self { file: duplicate()?, frame: frame.clone() })
    }

    /// # Errors
    /// It cannot be written; a reader that has gone is a failure that says nothing.
    pub fn write(&mut self, text: &[u8]) -> Result<(), Failure> {
        if text.is_empty() {
            return Ok(());
        }
        self.frame.note_writing(true);
        let written = self.file.write_all(text);
        self.frame.note_writing(false);
        Ok(written?)
    }
}

/// Writes a whole text to standard output, for commands outside of the frame.
///
/// # Errors
/// It cannot be written.
pub fn print(text: &[u8]) -> Result<(), Failure> {
    Ok(duplicate()?.write_all(text)?)
}

#[cfg(unix)]
fn duplicate() -> std::io::Result<File> {
    use std::os::fd::AsFd as _;
    Ok(File::from(std::io::stdout().as_fd().try_clone_to_owned()?))
}

#[cfg(windows)]
fn duplicate() -> std::io::Result<File> {
    use std::os::windows::io::AsHandle as _;
    Ok(File::from(std::io::stdout().as_handle().try_clone_to_owned()?))
}
