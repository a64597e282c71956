//! What the two output streams are, and what may go to them: width and colours.
//! A terminal changes looks, never content.

use std::io::{IsTerminal as _, stderr, stdout};

use anstyle::Style;
use clap::ValueEnum;

/// `--color` and `--progress`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum When {
    #[default]
    Auto,
    Always,
    Never,
}

/// One output stream.
#[derive(Debug, Clone, Copy, Default)]
pub struct Stream {
    pub is_terminal: bool,
    pub colour: bool,
    /// Marks beyond ASCII can be shown; what the data holds is written as it is.
    pub unicode: bool,
    /// Columns; `None` where lines may be of any length.
    pub width: Option<usize>,
    /// Lines can be written anew.
    pub rewrites: bool,
}

type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

const USUAL_WIDTH: usize = 80;

impl Stream {
    pub fn stdout(colour: When, environment: Environment) -> Self {
        let seen = terminal_size::terminal_size_of(stdout()).map(|(width, _)| usize::from(width.0));
        Self::new(stdout().is_terminal(), seen, colour, environment)
    }

    pub fn stderr(colour: When, environment: Environment) -> Self {
        let seen = terminal_size::terminal_size_of(stderr()).map(|(width, _)| usize::from(width.0));
        Self::new(stderr().is_terminal(), seen, colour, environment)
    }

    fn new(is_terminal: bool, seen: Option<usize>, colour: When, environment: Environment) -> Self {
        let colour = is_colourful(colour, environment, is_terminal);
        #[cfg(windows)]
        if colour {
            let _ = anstyle_query::windows::enable_ansi_colors();
        }
        let rewrites = is_terminal && environment("TERM").as_deref() != Some("dumb");
        let unicode = is_unicode(environment);
        Self { is_terminal, colour, unicode, width: width(environment, is_terminal, seen), rewrites }
    }

    /// Ends what was cut.
    pub fn ellipsis(&self) -> char {
        if self.unicode { '…' } else { '~' }
    }

    /// The text in a style, where styles are shown.
    pub fn styled(&self, style: Style, text: &str) -> String {
        if self.colour { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}

/// `--color`, then `NO_COLOR`, then `CLICOLOR_FORCE`, then whether it is a terminal that has colours.
fn is_colourful(wanted: When, environment: Environment, is_terminal: bool) -> bool {
    let is = |name: &str| environment(name).filter(|text| !text.is_empty());
    match wanted {
        When::Always => true,
        When::Never => false,
        When::Auto if is("NO_COLOR").is_some() => false,
        When::Auto if is("CLICOLOR_FORCE").is_some_and(|text| text != "0") => true,
        When::Auto => {
            is_terminal && is("TERM").as_deref() != Some("dumb") && is("CLICOLOR").as_deref() != Some("0")
        }
    }
}

/// What the locale says of characters; a machine that has none shows UTF-8, as Python takes it too.
fn is_unicode(environment: Environment) -> bool {
    let is = |name: &str| environment(name).filter(|text| !text.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(is).map(|locale| locale.to_lowercase());
    cfg!(windows) || locale.is_none_or(|locale| locale.contains("utf-8") || locale.contains("utf8"))
}

/// `COLUMNS`, then what the terminal says.
fn width(environment: Environment, is_terminal: bool, seen: Option<usize>) -> Option<usize> {
    let columns = environment("COLUMNS").and_then(|text| text.trim().parse().ok());
    let seen = seen.filter(|width| *width > 0);
    columns.filter(|width| *width > 0).or_else(|| is_terminal.then_some(seen.unwrap_or(USUAL_WIDTH)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment<'a>(set: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<String> + 'a {
        |name| set.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned())
    }

    #[test]
    fn colours_follow_the_flag_then_the_environment_then_the_terminal() {
        let is = |wanted, set: &[(&str, &str)], terminal| is_colourful(wanted, &environment(set), terminal);
        assert!(is(When::Auto, &[], true));
        assert!(!is(When::Auto, &[], false));
        assert!(!is(When::Auto, &[("NO_COLOR", "1")], true));
        assert!(is(When::Auto, &[("NO_COLOR", "")], true), "an empty NO_COLOR says nothing");
        assert!(is(When::Auto, &[("CLICOLOR_FORCE", "1")], false));
        assert!(!is(When::Auto, &[("CLICOLOR_FORCE", "0")], false));
        assert!(!is(When::Auto, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], true));
        assert!(!is(When::Auto, &[("TERM", "dumb")], true));
        assert!(!is(When::Auto, &[("CLICOLOR", "0")], true));
        assert!(is(When::Always, &[("NO_COLOR", "1"), ("TERM", "dumb")], false));
        assert!(!is(When::Never, &[("CLICOLOR_FORCE", "1")], true));
    }

    #[test]
    #[cfg(not(windows))]
    fn the_locale_says_what_can_be_shown() {
        let is = |set: &[(&str, &str)]| is_unicode(&environment(set));
        assert!(is(&[]));
        assert!(is(&[("LANG", "de_DE.UTF-8")]) && is(&[("LC_CTYPE", "C.utf8")]));
        assert!(!is(&[("LANG", "de_DE.UTF-8"), ("LC_ALL", "C")]), "the first that is set decides");
        assert!(is(&[("LANG", "en_US.ISO-8859-1"), ("LC_CTYPE", "UTF-8"), ("LC_ALL", "")]));
        assert!(!is(&[("LANG", "en_US.ISO-8859-1")]) && !is(&[("LANG", "POSIX")]));
    }

    #[test]
    fn columns_beat_the_terminal() {
        assert_eq!(width(&environment(&[("COLUMNS", "40")]), true, Some(200)), Some(40));
        assert_eq!(width(&environment(&[("COLUMNS", "40")]), false, None), Some(40));
        assert_eq!(width(&environment(&[("COLUMNS", "x")]), true, Some(200)), Some(200));
        assert_eq!(width(&environment(&[]), true, Some(0)), Some(80));
        assert_eq!(width(&environment(&[]), false, Some(200)), None);
    }
}
