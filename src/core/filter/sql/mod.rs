//! The text of a condition to the library's syntax tree, with every fault in characters from 1 on.
//! It knows the language, and neither fields nor types.

mod dialect;
mod place;

use std::fmt::{Display, Formatter};

use sqlparser::ast::Expr;
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer, Word};

use self::dialect::ConditionDialect;
pub(super) use self::dialect::{CONTAINS, NOT_CONTAINS};
pub(super) use self::place::Places;

/// The functions that a condition may call.
pub(super) const FUNCTIONS: [&str; 3] = ["lower", "length", "now"];
/// The longest condition, in bytes.
const MOST_BYTES: usize = 4 << 20;
/// The most operators: the tree of a chain is as deep as the chain is long, and trees are walked by recursion.
const MOST_OPERATORS: usize = 1_000;

/// What is wrong with a condition or a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The character at which it goes wrong, from 1 on; 0 where it is wrong as a whole.
    pub at: usize,
    pub said: String,
    /// What was meant, or what to do.
    pub hint: Option<String>,
}

impl Fault {
    pub fn new(at: usize, said: impl Into<String>) -> Self {
        Self { at, said: said.into(), hint: None }
    }

    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// With a question, where there is one to ask.
    #[must_use]
    pub fn meant(self, meant: Option<impl Display>) -> Self {
        match meant {
            Some(meant) => self.hint(format!("did you mean {meant}?")),
            None => self,
        }
    }
}

impl Display for Fault {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.said)?;
        if self.at > 0 {
            write!(f, " at character {}", self.at)?;
        }
        self.hint.as_ref().map_or(Ok(()), |hint| write!(f, "; {hint}"))
    }
}

/// Whether a condition may call a function of this name, in whatever case.
pub(super) fn is_function(name: &str) -> bool {
    FUNCTIONS.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// What a text says, and what is wrong with it. Without a tree there is a fault.
pub(super) struct Parsed {
    pub tree: Option<Expr>,
    pub places: Places,
    pub faults: Vec<Fault>,
}

/// Parses a condition.
pub(super) fn parse(text: &str) -> Parsed {
    let places = Places::new(text);
    let (mut faults, mut tree) = (Vec::new(), None);
    match tokens(text, &places) {
        Ok(mut tokens) => {
            faults.extend(translate(&mut tokens, &places));
            // What is wrong as a whole is too long to be looked at.
            if faults.iter().all(|fault| fault.at > 0) {
                match expression(tokens, &places) {
                    Ok(expression) => tree = Some(expression),
                    // A token that was refused already is not told again.
                    Err(fault) if faults.iter().any(|known| known.at == fault.at) => {}
                    Err(fault) => faults.push(fault),
                }
            }
        }
        Err(fault) => faults.push(fault),
    }
    Parsed { tree, places, faults }
}

fn tokens(text: &str, places: &Places) -> Result<Vec<TokenWithSpan>, Fault> {
    if text.len() > MOST_BYTES {
        return Err(Fault::new(0, format!("the condition is longer than {} MiB", MOST_BYTES >> 20)));
    }
    let tokens = Tokenizer::new(&ConditionDialect, text).tokenize_with_location().map_err(|error| {
        let (said, hint) = match error.message.as_str() {
            message if message.contains("string literal") => {
                ("a text that is never closed", "texts stand in single quotes, and '' is a quote in one")
            }
            message if message.contains("close delimiter") => {
                ("a name in double quotes that is never closed", "texts stand in single quotes")
            }
            message if message.contains("comment") => ("a comment that is never closed", "it ends with */"),
            _ => ("a character that means nothing here", "texts stand in single quotes"),
        };
        Fault::new(places.at(error.location), said).hint(hint)
    })?;
    if tokens.iter().all(|token| matches!(token.token, Token::Whitespace(_) | Token::EOF)) {
        return Err(Fault::new(0, "the condition is empty"));
    }
    Ok(tokens)
}

/// Refuses what is another language's, and puts what was meant in its place, so that whatever else is
/// wrong is found as well.
fn translate(tokens: &mut [TokenWithSpan], places: &Places) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut operators = 0;
    for token in tokens {
        operators += usize::from(is_operator(&token.token));
        let Some((said, hint, meant)) = foreign(&token.token) else { continue };
        faults.push(Fault::new(places.at(token.span.start), said).hint(hint));
        if let Some(meant) = meant {
            token.token = meant;
        }
    }
    if operators > MOST_OPERATORS {
        let said = format!("the condition has more than {MOST_OPERATORS} operators");
        faults.push(Fault::new(0, said).hint("use in (...) for many values of one field"));
    }
    faults
}

fn is_operator(token: &Token) -> bool {
    match token {
        Token::Word(word) => word.keyword != Keyword::NoKeyword && word.quote_style.is_none(),
        other => matches!(
            other,
            Token::Eq
                | Token::Neq
                | Token::Lt
                | Token::LtEq
                | Token::Gt
                | Token::GtEq
                | Token::Plus
                | Token::Minus
                | Token::Mul
                | Token::Div
                | Token::Mod
                | Token::StringConcat
        ),
    }
}

/// What other languages write, what to write here, and the token for it.
fn foreign(token: &Token) -> Option<(&'static str, &'static str, Option<Token>)> {
    let word = |text: &str| Some(Token::make_keyword(text));
    Some(match token {
        Token::DoubleEq => ("unknown operator '=='", "did you mean '='?", Some(Token::Eq)),
        Token::Overlap => ("unknown operator '&&'", "did you mean 'and'?", word("AND")),
        Token::StringConcat => ("unknown operator '||'", "did you mean 'or'?", word("OR")),
        Token::ExclamationMark => ("unknown operator '!'", "did you mean 'not'?", word("NOT")),
        Token::Tilde => ("unknown operator '~'", "did you mean 'like'?", word("LIKE")),
        Token::SemiColon => ("unexpected ';'", "a condition is one expression", None),
        Token::LBracket => ("array elements are not addressed", "did you mean 'contains'?", None),
        Token::Arrow | Token::LongArrow => {
            ("unknown operator '->'", "a path is written with dots, as in metadata.source", None)
        }
        Token::DoubleColon => ("casts are not supported", "fields compare by their own types", None),
        Token::Placeholder(_) | Token::Question | Token::Colon => {
            ("placeholders are not filled in", "write the value itself", None)
        }
        Token::Char('`') => ("unexpected '`'", "an odd name stands in double quotes", None),
        Token::Char('‘' | '’' | '“' | '”') => {
            ("unexpected quote", "texts stand in straight single quotes", None)
        }
        Token::NationalStringLiteral(_)
        | Token::HexStringLiteral(_)
        | Token::SingleQuotedByteStringLiteral(_)
        | Token::EscapedStringLiteral(_)
        | Token::DollarQuotedString(_) => {
            ("a text with a prefix", "texts stand in single quotes alone", None)
        }
        _ => return None,
    })
}

/// The whole of the tokens as one expression.
fn expression(tokens: Vec<TokenWithSpan>, places: &Places) -> Result<Expr, Fault> {
    let mut parser = Parser::new(&ConditionDialect).with_tokens_with_locations(tokens);
    let tree = parser.parse_expr().map_err(|error| syntax(&error, places))?;
    let left = parser.peek_token_ref();
    match &left.token {
        Token::EOF => Ok(tree),
        token => Err(leftover(token, places.at(left.span.start))),
    }
}

fn leftover(token: &Token, at: usize) -> Fault {
    let fault = |found: &str| Fault::new(at, format!("expected 'and', 'or' or the end, found {found}"));
    match token {
        Token::Word(Word { keyword: Keyword::ESCAPE, quote_style: None, .. }) => {
            Fault::new(at, "escape is not supported")
                .hint("% and _ always stand for any text and any character")
        }
        Token::Number(number, _) if number.starts_with('.') => {
            fault("a number").hint("a name that begins with a digit stands in double quotes")
        }
        Token::SingleQuotedString(_) => fault("a text"),
        other => fault(&format!("'{other}'")),
    }
}

/// The library's words for what it cannot parse, in ours.
fn syntax(error: &ParserError, places: &Places) -> Fault {
    let message = match error {
        ParserError::TokenizerError(message) | ParserError::ParserError(message) => message,
        ParserError::RecursionLimitExceeded => return Fault::new(0, "the condition is nested too deeply"),
    };
    let (said, at) = places.split(message);
    let Some((expected, found)) =
        said.strip_prefix("Expected: ").and_then(|rest| rest.split_once(", found: "))
    else {
        return Fault::new(at, "this is no condition");
    };
    let expected = match expected {
        "an expression" => "a field, a value or '('",
        other => other,
    };
    let found = match found {
        "EOF" => "the end".to_owned(),
        text if text.starts_with('\'') => "a text".to_owned(),
        other => format!("'{other}'"),
    };
    Fault::new(at, format!("expected {expected}, found {found}"))
}
