//! The few things in which a condition's language is its own: a dotted path is one operand whatever its names
//! are, `contains` is an operator, and a function that nobody knows does not stop the parser.
//! All else is the library's.

use sqlparser::ast::{
    BinaryOperator, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList, FunctionArguments,
    Ident, ObjectName,
};
use sqlparser::dialect::{Dialect, Precedence};
use sqlparser::keywords::{self, Keyword};
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Token, Word};

use super::sentences::{BEHIND_VALUE, VALUE};

pub(in crate::core::filter) const CONTAINS: &str = "contains";
pub(in crate::core::filter) const NOT_CONTAINS: &str = "not contains";
/// Words that join what stands before and behind them, and so begin nothing.
const JOINING: [&str; 8] = ["and", "between", "escape", "ilike", "in", "is", "like", "or"];
/// Words that say of which type the text behind them is.
const TYPES: [Keyword; 4] = [Keyword::DATE, Keyword::DATETIME, Keyword::TIMESTAMP, Keyword::TIMESTAMPTZ];

type Parsed = Result<Expr, ParserError>;

#[derive(Debug)]
pub(super) struct ConditionDialect;

impl Dialect for ConditionDialect {
    fn is_identifier_start(&self, character: char) -> bool {
        character.is_alphabetic() || character == '_'
    }

    fn is_identifier_part(&self, character: char) -> bool {
        character.is_alphanumeric() || character == '_'
    }

    fn is_delimited_identifier_start(&self, character: char) -> bool {
        character == '"'
    }

    /// Where `not` cannot be read, for want of depth, say, the library would take it for a name and tell of that.
    fn is_reserved_for_identifier(&self, keyword: Keyword) -> bool {
        keyword == Keyword::NOT || keywords::RESERVED_FOR_IDENTIFIER.contains(&keyword)
    }

    fn parse_prefix(&self, parser: &mut Parser) -> Option<Parsed> {
        let Token::Word(word) = &parser.peek_token_ref().token else { return None };
        let next = &parser.peek_nth_token_ref(1).token;
        let plain = word.quote_style.is_none();
        if plain && is_one_of(word, &JOINING) {
            let token = parser.peek_token_ref();
            return Some(parser.expected_ref(VALUE, token));
        }
        // The library takes a `not` that nothing follows for a name.
        if plain && word.keyword == Keyword::NOT && matches!(next, Token::EOF | Token::RParen) {
            return Some(parser.expected_ref(VALUE, parser.peek_nth_token_ref(1)));
        }
        let value = matches!(word.keyword, Keyword::TRUE | Keyword::FALSE | Keyword::NULL);
        if plain && value && *next == Token::Period {
            return Some(parser.expected_ref(BEHIND_VALUE, parser.peek_nth_token_ref(1)));
        }
        let text = matches!(next, Token::SingleQuotedString(_));
        let left_to_the_library = match word.keyword {
            _ if !plain => false,
            Keyword::NOT => *next != Token::Period,
            Keyword::TRUE | Keyword::FALSE | Keyword::NULL => true,
            Keyword::INTERVAL => text || matches!(next, Token::Number(..)),
            keyword => text && TYPES.contains(&keyword),
        };
        if left_to_the_library {
            return None;
        }
        Some(if plain && *next == Token::LParen { call(parser) } else { path(parser) })
    }

    fn get_next_precedence(&self, parser: &Parser) -> Option<Result<u8, ParserError>> {
        let first = is_contains(&parser.peek_token_ref().token);
        let negated =
            || is_not(&parser.peek_token_ref().token) && is_contains(&parser.peek_nth_token_ref(1).token);
        (first || negated()).then(|| Ok(self.prec_value(Precedence::Like)))
    }

    fn parse_infix(&self, parser: &mut Parser, left: &Expr, precedence: u8) -> Option<Parsed> {
        let negated = is_not(&parser.peek_token_ref().token);
        let place = usize::from(negated);
        if !is_contains(&parser.peek_nth_token_ref(place).token) {
            return None;
        }
        for _ in 0..=place {
            parser.advance_token();
        }
        let op = BinaryOperator::Custom(if negated { NOT_CONTAINS } else { CONTAINS }.to_owned());
        let right = parser.parse_subexpr(precedence);
        Some(right.map(|right| Expr::BinaryOp { left: Box::new(left.clone()), op, right: Box::new(right) }))
    }
}

fn is_one_of(word: &Word, words: &[&str]) -> bool {
    words.iter().any(|known| known.eq_ignore_ascii_case(&word.value))
}

fn is_contains(token: &Token) -> bool {
    matches!(token, Token::Word(word) if word.quote_style.is_none() && is_one_of(word, &[CONTAINS]))
}

fn is_not(token: &Token) -> bool {
    matches!(token, Token::Word(word) if word.keyword == Keyword::NOT)
}

/// Names joined by dots, of which any may be a word that means something elsewhere.
fn path(parser: &mut Parser) -> Parsed {
    let mut names = vec![name(parser)?];
    while parser.consume_token(&Token::Period) {
        names.push(name(parser)?);
    }
    if let [only] = names.as_slice() {
        return Ok(Expr::Identifier(only.clone()));
    }
    Ok(Expr::CompoundIdentifier(names))
}

fn name(parser: &mut Parser) -> Result<Ident, ParserError> {
    let token = parser.next_token();
    match &token.token {
        Token::Word(word) => Ok(word.to_ident(token.span)),
        _ => parser.expected("a name", token),
    }
}

/// A call of a function. One whose arguments make no sense to us is taken without them: the function is not
/// one of ours then, and that is the fault to tell.
fn call(parser: &mut Parser) -> Parsed {
    let name = name(parser)?;
    parser.advance_token();
    // Arguments are never parsed twice: nested calls would double the work at each level.
    let args = if super::is_function(&name.value) {
        arguments(parser)?
    } else {
        match parser.maybe_parse(arguments)? {
            Some(args) => args,
            None => skip(parser)?,
        }
    };
    let list = FunctionArgumentList { duplicate_treatment: None, args, clauses: Vec::new() };
    Ok(Expr::Function(Function {
        name: ObjectName::from(vec![name]),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(list),
        within_group: Vec::new(),
        filter: None,
        null_treatment: None,
        over: None,
    }))
}

fn arguments(parser: &mut Parser) -> Result<Vec<FunctionArg>, ParserError> {
    let mut args = Vec::new();
    if parser.consume_token(&Token::RParen) {
        return Ok(args);
    }
    loop {
        args.push(FunctionArg::Unnamed(FunctionArgExpr::Expr(parser.parse_expr()?)));
        if parser.consume_token(&Token::RParen) {
            return Ok(args);
        }
        if !parser.consume_token(&Token::Comma) {
            return parser.expected_ref("',' or ')'", parser.peek_token_ref());
        }
    }
}

/// Goes on behind the parenthesis that closes the call.
fn skip(parser: &mut Parser) -> Result<Vec<FunctionArg>, ParserError> {
    let mut open = 1;
    while open > 0 {
        let token = parser.next_token();
        match token.token {
            Token::LParen => open += 1,
            Token::RParen => open -= 1,
            Token::EOF => return parser.expected("')'", token),
            _ => {}
        }
    }
    Ok(Vec::new())
}
