//! The core's sentences name arguments as Python has them; whoever reads them here has flags.

/// What Python says, and what it is called on the command line.
const WORDS: [(&str, &str); 8] = [
    ("overwrite=True", "--overwrite"),
    ("resume=False", "--restart"),
    ("pass format=", "pass --format"),
    ("format=\"", "--format \""),
    ("compression=\"", "--compression \""),
    ("pass key=MaskKey.from_file(path)", "give --mask-key-file"),
    ("with sync()", "with `blocks-sessions sync`"),
    ("query() changes", "query changes"),
];

/// The sentence, with flags in it.
pub fn in_flags(message: &str) -> String {
    WORDS.iter().fold(message.to_owned(), |told, (python, flag)| told.replace(python, flag))
}

#[cfg(test)]
mod tests {
    use super::in_flags;

    #[test]
    fn arguments_become_flags() {
        assert_eq!(in_flags("or pass overwrite=True, which"), "or pass --overwrite, which");
        assert_eq!(in_flags("or pass format="), "or pass --format");
        assert_eq!(in_flags("format=\"csv\" contradicts"), "--format \"csv\" contradicts");
    }
}
