//! The core's sentences name arguments as Python has them; whoever reads them here has flags.

/// What Python says, and what it is called on the command line.
const WORDS: [(&str, &str); 10] = [
    ("format must be one of", "--format must be one of"),
    ("compression must be one of", "--compression must be one of"),
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

/// Arguments whose faults begin with their names.
const ARGUMENTS: [&str; 4] = ["where", "fields", "since", "until"];

/// The sentences about arguments, with the flags that they are.
pub fn of_flags(message: &str) -> String {
    let told = message.split("; ").map(|part| {
        let argument = part.split_once(": ").filter(|(name, _)| ARGUMENTS.contains(name));
        if argument.is_some() { format!("--{part}") } else { part.to_owned() }
    });
    told.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::{in_flags, of_flags};

    #[test]
    fn arguments_become_flags() {
        assert_eq!(in_flags("or pass overwrite=True, which"), "or pass --overwrite, which");
        assert_eq!(in_flags("or pass format="), "or pass --format");
        assert_eq!(in_flags("format=\"csv\" contradicts"), "--format \"csv\" contradicts");
    }

    #[test]
    fn the_faults_of_arguments_name_flags() {
        let told =
            "where: unknown field 'statis'; did you mean 'status'?; since: this text is no moment; write it";
        let meant = "--where: unknown field 'statis'; did you mean 'status'?; --since: this text is no moment; write it";
        assert_eq!(of_flags(told), meant);
    }
}
