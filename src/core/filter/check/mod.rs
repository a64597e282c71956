//! The library's syntax tree against the fields that are documented: to a [`Test`], or to everything that is
//! wrong with it. This file decides what is a condition; operands, comparisons and calls have theirs.

mod compare;
mod operand;
mod time;

use sqlparser::ast::{BinaryOperator, Expr, Spanned, UnaryOperator, Value as SqlValue};

use super::absent::Unknown;
use super::eval::row::Lookup;
use super::sql::{CONTAINS, Fault, NOT_CONTAINS, Places};
use super::tree::{Class, Op, Operand, Test};

/// How deeply conditions and operands may stand inside each other.
const MOST_DEPTH: usize = 100;

/// A condition without a fault.
pub(super) struct Checked {
    pub test: Test,
    pub lookup: Lookup,
    pub unknown: Vec<Unknown>,
    /// Whether it says something else at another time.
    pub uses_now: bool,
}

/// Checks a tree; `now` is what `now()` stands for, in microseconds since 1970.
///
/// # Errors
/// With all that is wrong, in the order of the text.
pub(super) fn check(tree: &Expr, places: &Places, now: i64) -> Result<Checked, Vec<Fault>> {
    let mut checker = Checker::new(places, now);
    let test = checker.test(tree);
    match test {
        Some(test) if checker.faults.is_empty() => {
            let Checker { lookup, unknown, uses_now, .. } = checker;
            Ok(Checked { test, lookup, unknown, uses_now })
        }
        _ => Err(checker.faults),
    }
}

struct Checker<'p> {
    places: &'p Places,
    now: i64,
    lookup: Lookup,
    unknown: Vec<Unknown>,
    uses_now: bool,
    depth: usize,
    /// Whoever returns `None` has put what is wrong here.
    faults: Vec<Fault>,
}

impl<'p> Checker<'p> {
    fn new(places: &'p Places, now: i64) -> Self {
        let lookup = Lookup::default();
        Self { places, now, lookup, unknown: Vec::new(), uses_now: false, depth: 0, faults: Vec::new() }
    }

    fn at(&self, expr: &Expr) -> usize {
        self.places.at(expr.span().start)
    }

    fn fail<T>(&mut self, fault: Fault) -> Option<T> {
        self.faults.push(fault);
        None
    }

    /// A value, or what is wrong where there is none.
    fn found<T>(&mut self, value: Option<T>, fault: impl FnOnce() -> Fault) -> Option<T> {
        if value.is_none() {
            self.faults.push(fault());
        }
        value
    }

    /// Goes one level down, unless that is too deep.
    fn deeper<T>(&mut self, expr: &Expr, act: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        if self.depth >= MOST_DEPTH {
            let at = self.at(expr);
            return self.fail(Fault::new(at, "the condition is nested too deeply"));
        }
        self.depth += 1;
        let outcome = act(self);
        self.depth -= 1;
        outcome
    }

    /// What stands where a condition is expected.
    fn test(&mut self, expr: &Expr) -> Option<Test> {
        self.deeper(expr, |checker| checker.test_here(expr))
    }

    fn test_here(&mut self, expr: &Expr) -> Option<Test> {
        match expr {
            Expr::Nested(inner) => self.test(inner),
            Expr::UnaryOp { op: UnaryOperator::Not, expr } => Some(Test::Not(Box::new(self.test(expr)?))),
            Expr::BinaryOp { op: op @ BinaryOperator::And, .. } => self.chain(expr, op).map(Test::All),
            Expr::BinaryOp { op: op @ BinaryOperator::Or, .. } => self.chain(expr, op).map(Test::Any),
            Expr::BinaryOp { left, op, right } => match (comparison(op), op) {
                (Some(op), _) => self.compare(left, op, right),
                (None, BinaryOperator::Custom(name)) if name == CONTAINS => self.contains(left, right, false),
                (None, BinaryOperator::Custom(name)) if name == NOT_CONTAINS => {
                    self.contains(left, right, true)
                }
                _ => self.flag(expr),
            },
            Expr::Between { expr, negated, low, high } => self.between(expr, low, high, *negated),
            Expr::In { expr, target, negated, .. } => self.is_in(expr, target, *negated),
            Expr::Like { any: true, pattern, .. } | Expr::ILike { any: true, pattern, .. } => {
                let at = self.at(pattern);
                self.fail(Fault::new(at, "like takes one pattern"))
            }
            Expr::Like { escape_char: Some(character), .. }
            | Expr::ILike { escape_char: Some(character), .. } => {
                let fault = Fault::new(self.at(character), "escape is not supported");
                self.fail(fault.hint("% and _ always stand for any text and any character"))
            }
            Expr::Like { negated, expr, pattern, .. } => self.like(expr, pattern, *negated, false),
            Expr::ILike { negated, expr, pattern, .. } => self.like(expr, pattern, *negated, true),
            Expr::IsNull(expr) => self.is_null(expr, false),
            Expr::IsNotNull(expr) => self.is_null(expr, true),
            Expr::IsTrue(expr) => self.is(expr, Some(true), false),
            Expr::IsNotTrue(expr) => self.is(expr, Some(true), true),
            Expr::IsFalse(expr) => self.is(expr, Some(false), false),
            Expr::IsNotFalse(expr) => self.is(expr, Some(false), true),
            Expr::IsUnknown(expr) => self.is(expr, None, false),
            Expr::IsNotUnknown(expr) => self.is(expr, None, true),
            _ => self.flag(expr),
        }
    }

    /// The conditions of a chain of one operator. The library nests them; a loop stands any length.
    fn chain(&mut self, expr: &Expr, op: &BinaryOperator) -> Option<Vec<Test>> {
        let mut parts = Vec::new();
        let mut rest = expr;
        while let Expr::BinaryOp { left, op: own, right } = rest {
            if own != op {
                break;
            }
            parts.push(right.as_ref());
            rest = left;
        }
        parts.push(rest);
        // All of them, though one is wrong: its neighbours may be as well.
        let tests: Vec<Option<Test>> = parts.into_iter().rev().map(|part| self.test(part)).collect();
        tests.into_iter().collect()
    }

    /// A value as a condition: a field that holds true or false, or may.
    fn flag(&mut self, expr: &Expr) -> Option<Test> {
        let operand = self.operand(expr)?;
        match (operand.class(), operand) {
            (_, Operand::Test(test)) => Some(*test),
            (Class::Null, _) => Some(Test::Constant(None)),
            (Class::Bool, Operand::Literal(literal)) => {
                Some(Test::Constant(Some(matches!(literal.value, super::eval::datum::Datum::Bool(true)))))
            }
            (Class::Bool | Class::Dynamic, operand) => Some(Test::Flag(operand)),
            (class, _) => {
                let fault =
                    Fault::new(self.at(expr), format!("expected a condition, found {}", class.name()));
                self.fail(fault.hint("compare it with something, as in status = 'closed'"))
            }
        }
    }

    fn is_null(&mut self, expr: &Expr, negated: bool) -> Option<Test> {
        let known = self.unknown.len();
        let operand = self.operand(expr)?;
        // Whoever asks whether there is a value knows that there may be none.
        self.unknown.truncate(known);
        Some(Test::IsNull { operand, negated })
    }

    fn is(&mut self, expr: &Expr, truth: Option<bool>, negated: bool) -> Option<Test> {
        let operand = self.operand(expr)?;
        match operand.class() {
            Class::Bool | Class::Dynamic | Class::Null => Some(Test::Is { operand, truth, negated }),
            class => {
                let said = format!("expected true or false before 'is', found {}", class.name());
                let fault = Fault::new(self.at(expr), said);
                self.fail(if truth.is_none() { fault.meant(Some("'is null'")) } else { fault })
            }
        }
    }
}

fn comparison(op: &BinaryOperator) -> Option<Op> {
    Some(match op {
        BinaryOperator::Eq => Op::Equal,
        BinaryOperator::NotEq => Op::Differ,
        BinaryOperator::Lt => Op::Less,
        BinaryOperator::LtEq => Op::LessOrEqual,
        BinaryOperator::Gt => Op::More,
        BinaryOperator::GtEq => Op::MoreOrEqual,
        _ => return None,
    })
}

/// Whether an expression is a condition by its form, and not a value that may be true or false.
fn is_condition(expr: &Expr) -> bool {
    match expr {
        Expr::Nested(inner) => is_condition(inner),
        Expr::UnaryOp { op, .. } => matches!(op, UnaryOperator::Not),
        Expr::BinaryOp { op, .. } => {
            comparison(op).is_some()
                || matches!(op, BinaryOperator::And | BinaryOperator::Or | BinaryOperator::Custom(_))
        }
        Expr::Between { .. }
        | Expr::In { .. }
        | Expr::Like { .. }
        | Expr::ILike { .. }
        | Expr::IsNull(_)
        | Expr::IsNotNull(_)
        | Expr::IsTrue(_)
        | Expr::IsNotTrue(_)
        | Expr::IsFalse(_)
        | Expr::IsNotFalse(_)
        | Expr::IsUnknown(_)
        | Expr::IsNotUnknown(_) => true,
        _ => false,
    }
}

/// The text of a literal.
fn text_of(value: &SqlValue) -> Option<&str> {
    match value {
        SqlValue::SingleQuotedString(text) => Some(text),
        _ => None,
    }
}
