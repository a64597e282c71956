//! What the library's parser says of a text that is no condition, in words of this language. Nothing of its own
//! grammar reaches a user: it knows more of SQL than may stand here.

use sqlparser::keywords::Keyword;
use sqlparser::parser::ParserError;
use sqlparser::tokenizer::{Token, Word};

use super::{Fault, Places};

/// Whatever can begin a value.
pub(super) const VALUE: &str = "a field, a value or '('";
/// What can follow a value that is a word.
pub(super) const BEHIND_VALUE: &str = "an operator behind null, true or false";
/// What may stand behind a condition.
const END: &str = "expected 'and', 'or' or the end";
/// How a number is written.
pub(super) const DECIMAL: &str = "a number is written in decimal digits";
/// The words by which the library's own list of what `is` takes begins.
const BEHIND_IS: &str = "[NOT] NULL";

/// What the parser could not go on with.
pub(super) fn syntax(error: &ParserError, text: &str, places: &Places) -> Fault {
    let message = match error {
        ParserError::TokenizerError(message) | ParserError::ParserError(message) => message,
        ParserError::RecursionLimitExceeded => return Fault::new(0, "the condition is nested too deeply"),
    };
    let (said, at) = places.split(message);
    let Some((expected, found)) =
        said.strip_prefix("Expected: ").and_then(|rest| rest.split_once(", found: "))
    else {
        return unexpected(text, at);
    };
    let told = match found {
        "EOF" => "the end".to_owned(),
        text if text.starts_with('\'') => "a text".to_owned(),
        other => format!("'{other}'"),
    };
    if expected.starts_with(BEHIND_IS) {
        return behind_is(found, &told, before(text, at), at);
    }
    if expected == "(" && ends_with(before(text, at), "in") {
        let fault = Fault::new(at, format!("'in' takes a list in parentheses, found {told}"));
        return fault.hint("as in status in ('closed', 'idle')");
    }
    let expected = match expected {
        "an expression" => VALUE.to_owned(),
        // Words and signs of the language.
        word if word.bytes().all(|byte| byte.is_ascii_uppercase()) => format!("'{}'", word.to_lowercase()),
        sign if sign.len() == 1 => format!("'{sign}'"),
        // What this dialect says itself.
        other if other.starts_with(['\'', 'a']) => other.to_owned(),
        _ => return unexpected(text, at),
    };
    let fault = Fault::new(at, format!("expected {expected}, found {told}"));
    if expected == BEHIND_VALUE {
        fault.hint("a field of such a name stands in double quotes")
    } else {
        fault
    }
}

/// `is` compares with three values only.
fn behind_is(found: &str, told: &str, before: &str, at: usize) -> Fault {
    let said = format!("only null, true, false and unknown stand behind 'is' and 'is not', found {told}");
    let fault = Fault::new(at, said);
    let operator = if ends_with(before, "not") { "!=" } else { "=" };
    let is_value = found.starts_with(|first: char| first.is_ascii_digit() || first == '\'');
    if is_value {
        return fault.meant(Some(format!("{operator} {found}")));
    }
    let is_word = found != "EOF" && found.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
    fault.meant(is_word.then(|| format!("{operator} '{found}'")))
}

/// Something that the parser has no rule for.
fn unexpected(text: &str, at: usize) -> Fault {
    let found: String =
        text.chars().skip(at.saturating_sub(1)).take_while(|c| !c.is_whitespace()).take(20).collect();
    let said =
        if found.is_empty() { "this is no condition".to_owned() } else { format!("unexpected '{found}'") };
    Fault::new(at, said)
}

/// What stands before a character.
fn before(text: &str, at: usize) -> &str {
    let end = text.char_indices().nth(at.saturating_sub(1)).map_or(text.len(), |(end, _)| end);
    text.get(..end).unwrap_or_default().trim_end()
}

fn ends_with(text: &str, word: &str) -> bool {
    let start = text.rfind(|c: char| !c.is_alphanumeric() && c != '_').map_or(0, |at| at + 1);
    text.get(start..).is_some_and(|last| last.eq_ignore_ascii_case(word))
}

/// What stands behind a condition, and is no part of it.
pub(super) fn leftover(token: &Token, text: &str, at: usize) -> Fault {
    if let Some(fault) = begun_otherwise(text) {
        return fault;
    }
    let fault = |found: &str| Fault::new(at, format!("{END}, found {found}"));
    // A name that begins with a digit is a number with a name behind it.
    let adjoins = before(text, at).len()
        == text.char_indices().nth(at.saturating_sub(1)).map_or(0, |(at, _)| at)
        && before(text, at).ends_with(|last: char| last.is_ascii_digit());
    match token {
        Token::Word(word) if word.quote_style.is_none() => {
            behind(word, fault(&format!("'{word}'")), adjoins, at)
        }
        Token::Number(number, _) if number.starts_with('.') => {
            fault("a number").hint("a name that begins with a digit stands in double quotes")
        }
        Token::SingleQuotedString(_) => fault("a text"),
        other => fault(&format!("'{other}'")),
    }
}

fn behind(word: &Word, fault: Fault, adjoins: bool, at: usize) -> Fault {
    match word.keyword {
        Keyword::ESCAPE => Fault::new(at, "escape is not supported")
            .hint("% and _ always stand for any text and any character"),
        Keyword::NOT => fault.meant(Some("'!=', 'not in' or 'not like'")),
        _ if word.value.eq_ignore_ascii_case("isnull") => fault.meant(Some("'is null'")),
        _ if word.value.eq_ignore_ascii_case("notnull") => fault.meant(Some("'is not null'")),
        Keyword::ORDER | Keyword::GROUP | Keyword::HAVING | Keyword::LIMIT | Keyword::OFFSET => {
            fault.hint("a condition says which sessions, and nothing else")
        }
        _ if adjoins && word.value.starts_with('_') => {
            fault.hint("the digits of a number are written together")
        }
        _ if adjoins && is_radix(&word.value) => fault.hint(DECIMAL),
        _ if adjoins => fault.hint("a name that begins with a digit stands in double quotes"),
        _ => fault,
    }
}

/// What stands behind the `0` of a number that is not decimal: `b101`, `o17`.
fn is_radix(word: &str) -> bool {
    let digits = word.strip_prefix(['b', 'B', 'o', 'O']).unwrap_or_default();
    !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit())
}

/// A text that begins as a query does, of which a condition is a part.
fn begun_otherwise(text: &str) -> Option<Fault> {
    let first = text.split_whitespace().next()?.to_lowercase();
    match first.as_str() {
        "where" => Some(Fault::new(1, "'where' is left out").hint("a condition begins behind it")),
        "select" => Some(Fault::new(1, "a condition is no query").hint("it is what stands behind 'where'")),
        "case" => Some(Fault::new(1, "case is not supported").hint("write it with 'and' and 'or'")),
        _ => None,
    }
}
