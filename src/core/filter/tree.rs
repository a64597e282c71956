//! A condition as it was checked: every name known, every literal of the type that it is compared as.
//! It is what is evaluated, printed, and asked what it implies; it holds no text of SQL and no session.

use super::eval::datum::Datum;
use super::eval::like::Pattern;
use super::eval::list::List;
use super::path::Path;
use crate::core::model::fields::Kind;

/// What is true, false or unknown of a session.
#[derive(Debug, Clone)]
pub enum Test {
    All(Vec<Test>),
    Any(Vec<Test>),
    Not(Box<Test>),
    /// `true`, `false` or `null`, where a condition stands.
    Constant(Option<bool>),
    /// A field of true or false, by itself.
    Flag(Operand),
    Compare {
        op: Op,
        left: Operand,
        right: Operand,
    },
    Between {
        operand: Operand,
        low: Operand,
        high: Operand,
        negated: bool,
    },
    In {
        operand: Operand,
        list: List,
        negated: bool,
    },
    Like {
        operand: Operand,
        pattern: Matcher,
        negated: bool,
    },
    Contains {
        list: Operand,
        item: Operand,
        negated: bool,
    },
    IsNull {
        operand: Operand,
        negated: bool,
    },
    /// `is true`, `is not false`, `is unknown`.
    Is {
        operand: Operand,
        truth: Option<bool>,
        negated: bool,
    },
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    Equal,
    Differ,
    Less,
    LessOrEqual,
    More,
    MoreOrEqual,
}

/// What has a value in a session.
#[derive(Debug, Clone)]
pub enum Operand {
    Literal(Literal),
    Field(Field),
    Lower(Box<Operand>),
    Length(Box<Operand>),
    /// A time and an interval after it, or before it.
    Shift {
        time: Box<Operand>,
        by: Box<Operand>,
        back: bool,
    },
    /// The interval from the second time to the first.
    Elapsed(Box<Operand>, Box<Operand>),
    Test(Box<Test>),
}

/// A value that stands in the condition, and how it was written there.
#[derive(Debug, Clone)]
pub struct Literal {
    pub value: Datum<'static>,
    pub written: Box<str>,
}

/// A field, or a value below one.
#[derive(Debug, Clone)]
pub struct Field {
    /// As the condition names it.
    pub path: Path,
    /// Its place among the values that are looked up in a session.
    pub slot: usize,
    /// What the service documents it to hold; `None` where it holds what it holds.
    pub kind: Option<Kind>,
}

/// The pattern of a `like`.
#[derive(Debug, Clone)]
pub enum Matcher {
    Fixed {
        pattern: Pattern,
        literal: Literal,
        any_case: bool,
    },
    /// The pattern stands in the session.
    Field {
        operand: Operand,
        any_case: bool,
    },
}

/// What an operand may hold, as far as is known before a session is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    Text,
    Number,
    Bool,
    Time,
    Interval,
    List,
    Object,
    /// Whatever was sent.
    Dynamic,
    Null,
}

impl Op {
    /// The same comparison with its sides exchanged.
    pub fn mirrored(self) -> Self {
        match self {
            Self::Less => Self::More,
            Self::LessOrEqual => Self::MoreOrEqual,
            Self::More => Self::Less,
            Self::MoreOrEqual => Self::LessOrEqual,
            other => other,
        }
    }

    /// The comparison that is true where this one is false.
    pub fn opposite(self) -> Self {
        match self {
            Self::Equal => Self::Differ,
            Self::Differ => Self::Equal,
            Self::Less => Self::MoreOrEqual,
            Self::LessOrEqual => Self::More,
            Self::More => Self::LessOrEqual,
            Self::MoreOrEqual => Self::Less,
        }
    }

    pub fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::Differ => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::More => ">",
            Self::MoreOrEqual => ">=",
        }
    }
}

impl Operand {
    pub fn class(&self) -> Class {
        match self {
            Self::Literal(literal) => literal.value.class(),
            Self::Field(field) => field.class(),
            Self::Lower(_) => Class::Text,
            Self::Length(_) => Class::Number,
            Self::Shift { .. } => Class::Time,
            Self::Elapsed(..) => Class::Interval,
            Self::Test(_) => Class::Bool,
        }
    }
}

impl Field {
    fn class(&self) -> Class {
        match self.kind {
            Some(Kind::Text) => Class::Text,
            Some(Kind::Moment) => Class::Time,
            Some(Kind::Integer | Kind::Float) => Class::Number,
            Some(Kind::Bool) => Class::Bool,
            Some(Kind::Texts) => Class::List,
            Some(Kind::Object) => Class::Object,
            Some(Kind::Any) | None => Class::Dynamic,
        }
    }
}

impl Class {
    /// As an error names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "a number",
            Self::Bool => "true or false",
            Self::Time => "a time",
            Self::Interval => "an interval",
            Self::List => "a list",
            Self::Object => "an object",
            Self::Dynamic => "any value",
            Self::Null => "null",
        }
    }
}
