//! What is another language's, or wants quotes: refused before it is parsed, with what was meant put in its place,
//! so that whatever else is wrong is found as well.

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan, Whitespace, Word};

use super::sentences::DECIMAL;
use super::{Fault, Places};
use crate::core::filter::interval::Interval;
use crate::core::model::time::parse_timestamp;

/// How a time is written.
pub(in crate::core::filter) const TIME: &str = "write it as '2026-01-31' or '2026-01-31T08:00:00Z'";

/// What was written, what to do about it, and what it is taken for from here on.
struct Foreign {
    said: String,
    hint: &'static str,
    meant: Option<Token>,
}

/// Refuses what is not of the language.
pub(super) fn translate(tokens: &mut [TokenWithSpan], places: &Places) -> Vec<Fault> {
    let mut faults = Vec::new();
    // Whether the token before says that a length of time follows.
    let mut in_interval = false;
    let mut at = 0;
    while let Some(rest) = tokens.get_mut(at..).filter(|rest| !rest.is_empty()) {
        let place = rest.first().map_or(0, |token| places.at(token.span.start));
        let bare = bare_time(rest, place);
        let bare = bare.or_else(|| if in_interval { None } else { bare_interval(rest, place) });
        let (length, fault) = bare.map_or_else(|| one(rest, place), |(length, fault)| (length, Some(fault)));
        if let Some(first) = rest.first().filter(|first| !is_blank(&first.token)) {
            in_interval = is_keyword(&first.token, Keyword::INTERVAL);
        }
        faults.extend(fault);
        at += length;
    }
    faults
}

/// Refuses one token, or two that were meant as one.
fn one(tokens: &mut [TokenWithSpan], place: usize) -> (usize, Option<Fault>) {
    let (first, behind) = match tokens {
        [first, second, ..] => (first, Some(second)),
        [first] => (first, None),
        [] => return (1, None),
    };
    let turned = behind.filter(|second| first.token == Token::Eq && second.token == Token::Lt);
    if let Some(second) = turned {
        (first.token, second.token) = (Token::LtEq, Token::Whitespace(Whitespace::Space));
        return (2, Some(Fault::new(place, "unknown operator '=<'").hint("did you mean '<='?")));
    }
    if let Some(fault) = hexadecimal(first, place) {
        return (1, Some(fault));
    }
    let Some(Foreign { said, hint, meant }) = foreign(&first.token) else { return (1, None) };
    if let Some(meant) = meant {
        first.token = meant;
    }
    let fault = Fault::new(place, said);
    (1, Some(if hint.is_empty() { fault } else { fault.hint(hint) }))
}

/// `0x1f`, which the library does not tell from `X'1f'` but by its length.
fn hexadecimal(token: &mut TokenWithSpan, place: usize) -> Option<Fault> {
    let Token::HexStringLiteral(digits) = &token.token else { return None };
    let length = token.span.end.column.checked_sub(token.span.start.column)?;
    if length != digits.len() as u64 + 2 {
        return None;
    }
    let fault = Fault::new(place, format!("0x{digits} is no number"));
    let number = u64::from_str_radix(digits, 16).ok();
    token.token = Token::Number(number.unwrap_or(0).to_string(), false);
    Some(match number {
        Some(number) => fault.meant(Some(number)),
        None => fault.hint(DECIMAL),
    })
}

/// A date, a time of day or both, without quotes: how many tokens it is.
fn bare_time(tokens: &mut [TokenWithSpan], place: usize) -> Option<(usize, Fault)> {
    let length = time_like(tokens)?;
    let text: String = tokens.get(..length)?.iter().map(|token| token.token.to_string()).collect();
    let fault = match parse_timestamp(&text) {
        Some(_) => Fault::new(place, "a time stands in quotes").meant(Some(format!("'{text}'"))),
        None => Fault::new(place, format!("{text} is no time")).hint(TIME),
    };
    instead(tokens, length, [Token::SingleQuotedString(text)]);
    Some((length, fault))
}

/// How many tokens look like a time that somebody wrote without quotes.
fn time_like(tokens: &[TokenWithSpan]) -> Option<usize> {
    let joins = |token: &Token| matches!(token, Token::Minus | Token::Plus | Token::Div | Token::Colon);
    let is_piece = |token: &Token| {
        joins(token) || matches!(token, Token::Number(..) | Token::Placeholder(_)) || is_clock(token)
    };
    let run = |from: usize| {
        let rest = tokens.get(from..).unwrap_or_default();
        let length = rest.iter().take_while(|token| is_piece(&token.token)).count();
        let last = rest.get(..length)?.iter().rposition(|token| !joins(&token.token))?;
        let text: String = rest.get(..=last)?.iter().map(|token| token.token.to_string()).collect();
        Some((last + 1, text))
    };
    if !matches!(tokens.first()?.token, Token::Number(..)) {
        return None;
    }
    let (length, text) = run(0)?;
    let is_date = is_date(&text);
    if !is_date && !has_clock(&text) {
        return None;
    }
    // A time of day may stand behind a space.
    let behind = tokens.get(length).filter(|token| is_blank(&token.token));
    let clock = behind.and_then(|_| run(length + 1)).filter(|(_, text)| has_clock(text));
    Some(clock.filter(|_| is_date).map_or(length, |(more, _)| length + 1 + more))
}

/// The letters of ISO 8601: `T08`, `Z`.
fn is_clock(token: &Token) -> bool {
    let Token::Word(Word { value, quote_style: None, .. }) = token else { return false };
    let digits = value.trim_start_matches(['T', 't']).trim_end_matches(['Z', 'z']);
    !value.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// `2026-01-31`, `2026-01`, `31/01/2026`, with or without a time of day behind it.
fn is_date(text: &str) -> bool {
    let end = text.find(['T', 't', ':']).unwrap_or(text.len());
    let parts: Vec<&str> = text.get(..end).unwrap_or_default().split(['-', '/']).collect();
    let digits = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let numbers = parts.iter().all(digits);
    numbers && (parts.len() == 3 || parts.len() == 2 && parts.first().is_some_and(|year| year.len() == 4))
}

/// `10:30`.
fn has_clock(text: &str) -> bool {
    text.split_once(':').is_some_and(|(hours, minutes)| {
        hours.ends_with(|last: char| last.is_ascii_digit())
            && minutes.starts_with(|first: char| first.is_ascii_digit())
    })
}

/// `7 days` or `7d`, without `interval`: how many tokens it is.
fn bare_interval(tokens: &mut [TokenWithSpan], place: usize) -> Option<(usize, Fault)> {
    let Token::Number(number, _) = &tokens.first()?.token else { return None };
    let unit = if is_blank(&tokens.get(1)?.token) { 2 } else { 1 };
    let Token::Word(Word { value, quote_style: None, .. }) = &tokens.get(unit)?.token else { return None };
    let text = format!("{number} {value}");
    Interval::parse(&text, None)?;
    let fault = Fault::new(place, format!("{text} is no value"));
    let fault = fault.meant(Some(format!("interval '{text}'")));
    instead(tokens, unit + 1, [Token::make_keyword("INTERVAL"), Token::SingleQuotedString(text)]);
    Some((unit + 1, fault))
}

/// Puts tokens in the place of others, of which there are as many or more.
fn instead<const N: usize>(tokens: &mut [TokenWithSpan], length: usize, meant: [Token; N]) {
    let meant = meant.into_iter().chain(std::iter::repeat(Token::Whitespace(Whitespace::Space)));
    for (token, meant) in tokens.iter_mut().take(length).zip(meant) {
        token.token = meant;
    }
}

fn is_blank(token: &Token) -> bool {
    matches!(token, Token::Whitespace(_))
}

fn is_keyword(token: &Token, keyword: Keyword) -> bool {
    matches!(token, Token::Word(word) if word.keyword == keyword && word.quote_style.is_none())
}

/// What other languages write, what to write here, and the token for it.
fn foreign(token: &Token) -> Option<Foreign> {
    let told = |said: &str, hint: &'static str, meant: Option<Token>| {
        Some(Foreign { said: said.to_owned(), hint, meant })
    };
    let word = |text: &str| Some(Token::make_keyword(text));
    match token {
        Token::EOF
        | Token::Word(_)
        | Token::Number(..)
        | Token::SingleQuotedString(_)
        | Token::Comma
        | Token::Whitespace(_)
        | Token::Eq
        | Token::Neq
        | Token::Lt
        | Token::Gt
        | Token::LtEq
        | Token::GtEq
        | Token::Plus
        | Token::Minus
        | Token::Mul
        | Token::Div
        | Token::Mod
        | Token::LParen
        | Token::RParen
        | Token::Period
        // What they close was refused where it was opened.
        | Token::RBracket
        | Token::RBrace => None,
        Token::DoubleEq => told("unknown operator '=='", "did you mean '='?", Some(Token::Eq)),
        Token::RArrow => told("unknown operator '=>'", "did you mean '>='?", Some(Token::GtEq)),
        Token::Overlap => told("unknown operator '&&'", "did you mean 'and'?", word("AND")),
        Token::Ampersand => told("unknown operator '&'", "did you mean 'and'?", word("AND")),
        Token::StringConcat => told("unknown operator '||'", "did you mean 'or'?", word("OR")),
        Token::Pipe => told("unknown operator '|'", "did you mean 'or'?", word("OR")),
        Token::ExclamationMark => told("unknown operator '!'", "did you mean 'not'?", word("NOT")),
        Token::Tilde => told("unknown operator '~'", "did you mean 'like'?", word("LIKE")),
        Token::SemiColon => told("unexpected ';'", "a condition is one expression", None),
        Token::LBracket => told("array elements are not addressed", "did you mean 'contains'?", None),
        Token::Arrow | Token::LongArrow => {
            told("unknown operator '->'", "a path is written with dots, as in metadata.source", None)
        }
        Token::DoubleColon => told("casts are not supported", "fields compare by their own types", None),
        Token::Placeholder(_) | Token::Question | Token::Colon | Token::AtSign | Token::LBrace => {
            told("placeholders are not filled in", "write the value itself", None)
        }
        Token::Sharp => told("unexpected '#'", "a comment begins with --", None),
        Token::Char('`') => told("unexpected '`'", "an odd name stands in double quotes", None),
        Token::Char('‘' | '’' | '“' | '”') => {
            told("unexpected quote", "texts stand in straight single quotes", None)
        }
        Token::NationalStringLiteral(_)
        | Token::HexStringLiteral(_)
        | Token::SingleQuotedByteStringLiteral(_)
        | Token::EscapedStringLiteral(_)
        | Token::DollarQuotedString(_) => {
            told("a text with a prefix", "texts stand in single quotes alone", None)
        }
        other => told(&format!("unknown operator '{other}'"), "", None),
    }
}
