//! A condition back to text: what is printed says the same when it is read again, and prints the same.
//! Conditions joined by `and` are printed first, so that no comment and no precedence of one reaches the other.

use std::fmt::{Display, Formatter, Result};

use super::tree::{Field, Literal, Matcher, Operand, Test};

/// How tightly what surrounds a test binds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Around {
    Nothing,
    Or,
    And,
    Not,
    Comparison,
}

impl Display for Test {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        print(self, Around::Nothing, f)
    }
}

fn print(test: &Test, around: Around, f: &mut Formatter<'_>) -> Result {
    let own = match test {
        Test::Any(_) => Around::Or,
        Test::All(_) => Around::And,
        Test::Not(_) => Around::Not,
        Test::Constant(_) | Test::Flag(_) => return inner(test, f),
        _ => Around::Comparison,
    };
    // A chain inside its like is a group that was written as one, and comparisons do not chain.
    if own > around || around == Around::Nothing || own == Around::Not && around == Around::Not {
        return inner(test, f);
    }
    f.write_str("(")?;
    inner(test, f)?;
    f.write_str(")")
}

fn inner(test: &Test, f: &mut Formatter<'_>) -> Result {
    match test {
        Test::All(tests) => chain(tests, " and ", Around::And, f),
        Test::Any(tests) => chain(tests, " or ", Around::Or, f),
        Test::Not(inner) => {
            f.write_str("not ")?;
            print(inner, Around::Not, f)
        }
        Test::Constant(truth) => f.write_str(word(*truth, "null")),
        Test::Flag(flag) => write!(f, "{flag}"),
        Test::Compare { op, left, right } => write!(f, "{left} {} {right}", op.symbol()),
        Test::Between { operand, low, high, negated } => {
            write!(f, "{operand} {}between {low} and {high}", not(*negated))
        }
        Test::In { operand, list, negated } => {
            write!(f, "{operand} {}in (", not(*negated))?;
            for (index, item) in list.items.iter().enumerate() {
                write!(f, "{}{item}", if index > 0 { ", " } else { "" })?;
            }
            f.write_str(")")
        }
        Test::Like { operand, pattern, negated } => write!(f, "{operand} {}{pattern}", not(*negated)),
        Test::Contains { list, item, negated } => write!(f, "{list} {}contains {item}", not(*negated)),
        Test::IsNull { operand, negated } => write!(f, "{operand} is {}null", not(*negated)),
        Test::Is { operand, truth, negated } => {
            write!(f, "{operand} is {}{}", not(*negated), word(*truth, "unknown"))
        }
    }
}

fn chain(tests: &[Test], between: &str, around: Around, f: &mut Formatter<'_>) -> Result {
    for (index, test) in tests.iter().enumerate() {
        if index > 0 {
            f.write_str(between)?;
        }
        print(test, around, f)?;
    }
    Ok(())
}

fn not(negated: bool) -> &'static str {
    if negated { "not " } else { "" }
}

fn word(truth: Option<bool>, unknown: &'static str) -> &'static str {
    match truth {
        Some(true) => "true",
        Some(false) => "false",
        None => unknown,
    }
}

impl Display for Operand {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Literal(literal) => write!(f, "{literal}"),
            Self::Field(field) => write!(f, "{field}"),
            Self::Lower(inner) => write!(f, "lower({inner})"),
            Self::Length(inner) => write!(f, "length({inner})"),
            Self::Shift { time, by, back } => write!(f, "{time} {} {by}", if *back { '-' } else { '+' }),
            Self::Elapsed(end, start) => match **start {
                Self::Shift { .. } | Self::Elapsed(..) => write!(f, "{end} - ({start})"),
                _ => write!(f, "{end} - {start}"),
            },
            Self::Test(test) => print(test, Around::Comparison, f),
        }
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(&self.written)
    }
}

impl Display for Field {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        self.path.fmt(f)
    }
}

impl Display for Matcher {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let word = |any_case: bool| if any_case { "ilike" } else { "like" };
        match self {
            Self::Fixed { literal, any_case, .. } => write!(f, "{} {literal}", word(*any_case)),
            Self::Field { operand, any_case } => write!(f, "{} {operand}", word(*any_case)),
        }
    }
}
