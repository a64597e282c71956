//! The text of a condition to the library's syntax tree, with every fault in characters from 1 on.
//! It knows the language, and neither fields nor types.

mod dialect;
mod foreign;
mod place;
mod sentences;

use std::fmt::{Display, Formatter};

use sqlparser::ast::Expr;
use sqlparser::keywords::Keyword;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer};

use self::dialect::ConditionDialect;
pub(super) use self::dialect::{CONTAINS, NOT_CONTAINS};
pub(super) use self::foreign::TIME;
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
            // What is too long is not looked at.
            if let Some(fault) = too_many(&tokens) {
                faults.push(fault);
            } else {
                faults.extend(foreign::translate(&mut tokens, &places));
                match expression(tokens, text, &places) {
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

fn too_many(tokens: &[TokenWithSpan]) -> Option<Fault> {
    let operators = tokens.iter().filter(|token| is_operator(&token.token)).count();
    let fault = || {
        let said = format!("the condition has more than {MOST_OPERATORS} operators");
        Fault::new(0, said).hint("use in (...) for many values of one field")
    };
    (operators > MOST_OPERATORS).then(fault)
}

/// Whether a token may join two expressions, or stand before one.
fn is_operator(token: &Token) -> bool {
    match token {
        Token::Word(word) => word.keyword != Keyword::NoKeyword && word.quote_style.is_none(),
        Token::EOF
        | Token::Whitespace(_)
        | Token::Number(..)
        | Token::SingleQuotedString(_)
        | Token::Comma
        | Token::Period
        | Token::LParen
        | Token::RParen => false,
        _ => true,
    }
}

/// The whole of the tokens as one expression.
fn expression(tokens: Vec<TokenWithSpan>, text: &str, places: &Places) -> Result<Expr, Fault> {
    let mut parser = Parser::new(&ConditionDialect).with_tokens_with_locations(tokens);
    let tree = parser.parse_expr().map_err(|error| sentences::syntax(&error, text, places))?;
    let left = parser.peek_token_ref();
    match &left.token {
        Token::EOF => Ok(tree),
        token => Err(sentences::leftover(token, text, places.at(left.span.start))),
    }
}
