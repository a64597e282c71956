//! Comparisons of every kind: both sides must be of types that can be compared, and a literal is read as the
//! type of what it stands against.

use sqlparser::ast::{Expr, Ident, InTarget};

use super::Checker;
use crate::core::filter::absent::Meant;
use crate::core::filter::eval::datum::Datum;
use crate::core::filter::eval::like::{Pattern, lower};
use crate::core::filter::eval::list::List;
use crate::core::filter::names::is_known;
use crate::core::filter::sql::Fault;
use crate::core::filter::tree::{Class, Field, Literal, Matcher, Op, Operand, Test};
use crate::core::model::fields::Kind;

impl Checker<'_> {
    pub(super) fn compare(&mut self, left: &Expr, op: Op, right: &Expr) -> Option<Test> {
        let (first, second) = (self.operand(left), self.operand(right));
        let (first, second) = (first?, second?);
        self.note_bare(&first, right);
        // What is compared with a field of a known type may be the one that is meant otherwise.
        if matches!(second, Operand::Field(Field { kind: Some(_), .. })) {
            self.note_bare(&second, left);
        }
        // A text on the left is read as what stands on the right, before the right is read as the left.
        let first = self.read_as(second.class(), left, first)?;
        // Whichever side is a literal is the one that is wrong.
        let (first, second) = if matches!(first, Operand::Literal(_)) {
            let first = self.against(&second, left, first)?;
            let second = self.against(&first, right, second)?;
            (first, second)
        } else {
            let second = self.against(&first, right, second)?;
            let first = self.against(&second, left, first)?;
            (first, second)
        };
        Some(Test::Compare { op, left: first, right: second })
    }

    pub(super) fn between(&mut self, expr: &Expr, low: &Expr, high: &Expr, negated: bool) -> Option<Test> {
        let (operand, least, most) = (self.operand(expr), self.operand(low), self.operand(high));
        let (operand, least, most) = (operand?, least?, most?);
        for bound in [low, high] {
            self.note_bare(&operand, bound);
        }
        let (least, most) = (self.against(&operand, low, least), self.against(&operand, high, most));
        let (low, high) = (least?, most?);
        let operand = self.against(&low, expr, operand)?;
        Some(Test::Between { operand, low, high, negated })
    }

    pub(super) fn is_in(&mut self, expr: &Expr, target: &InTarget, negated: bool) -> Option<Test> {
        let operand = self.operand(expr);
        let InTarget::List(list) = target else {
            let at = self.at(expr);
            return self
                .fail(Fault::new(at, "in takes a list of values, as in status in ('closed', 'idle')"));
        };
        let items: Vec<Option<Operand>> = list.iter().map(|item| self.operand(item)).collect();
        let operand = operand?;
        for item in list {
            self.note_bare(&operand, item);
        }
        let read = |(item, expr): (Option<Operand>, &Expr)| self.against(&operand, expr, item?);
        let items: Vec<Option<Operand>> = items.into_iter().zip(list).map(read).collect();
        let items: Vec<Operand> = items.into_iter().collect::<Option<_>>()?;
        let time = items.iter().find(|item| item.class() == Class::Time);
        let operand = match time {
            Some(time) => self.against(time, expr, operand)?,
            None => operand,
        };
        Some(Test::In { operand, list: List::new(items), negated })
    }

    pub(super) fn like(
        &mut self,
        expr: &Expr,
        pattern: &Expr,
        negated: bool,
        any_case: bool,
    ) -> Option<Test> {
        let (operand, matcher) = (self.operand(expr), self.operand(pattern));
        let (operand, matcher) = (operand?, matcher?);
        self.refuse_quoted(&operand, pattern)?;
        self.note_bare(&operand, pattern);
        for (operand, expr) in [(&operand, expr), (&matcher, pattern)] {
            self.expect(operand, expr, &[Class::Text, Class::Dynamic, Class::Null], "like compares text")?;
        }
        let pattern = match matcher {
            Operand::Literal(literal @ Literal { value: Datum::Text(_), .. }) => fixed(literal, any_case),
            operand => Matcher::Field { operand, any_case },
        };
        Some(Test::Like { operand, pattern, negated })
    }

    pub(super) fn contains(&mut self, left: &Expr, right: &Expr, negated: bool) -> Option<Test> {
        let (list, item) = (self.operand(left), self.operand(right));
        let (list, item) = (list?, item?);
        self.refuse_quoted(&list, right)?;
        self.note_bare(&list, right);
        if list.class() == Class::Text {
            let fault = Fault::new(self.at(left), "text has no elements");
            return self.fail(fault.meant(Some("like '%...%'")));
        }
        self.expect(&list, left, &[Class::List, Class::Dynamic, Class::Null], "contains looks into a list")?;
        let of_texts = matches!(list, Operand::Field(Field { kind: Some(Kind::Texts), .. }));
        let (allowed, rule): (&[Class], _) = if of_texts {
            (&[Class::Text, Class::Dynamic, Class::Null], "the list holds texts")
        } else {
            (
                &[Class::Text, Class::Number, Class::Bool, Class::Time, Class::Dynamic, Class::Null],
                "contains looks for one value",
            )
        };
        self.expect(&item, right, allowed, rule)?;
        Some(Test::Contains { list, item, negated })
    }

    pub(super) fn expect(
        &mut self,
        operand: &Operand,
        expr: &Expr,
        allowed: &[Class],
        rule: &str,
    ) -> Option<()> {
        if allowed.contains(&operand.class()) {
            return Some(());
        }
        let said = format!("{rule}, and this is {}", operand.class().name());
        let at = self.at(expr);
        self.fail(Fault::new(at, said))
    }

    /// One side of a comparison, read as the type of the other; a fault if they can never be compared.
    fn against(&mut self, other: &Operand, expr: &Expr, operand: Operand) -> Option<Operand> {
        self.refuse_quoted(other, expr)?;
        let operand = self.read_as(other.class(), expr, operand)?;
        match (other.class(), operand.class()) {
            (Class::Object, _) => self.refuse_object(expr, other),
            (_, Class::Object) => self.refuse_object(expr, &operand),
            (Class::List, _) | (_, Class::List) => {
                let fault = Fault::new(self.at(expr), "a list does not compare");
                self.fail(fault.meant(Some("'contains'")))
            }
            (left, right) if compares(left, right) => Some(operand),
            (left, right) => {
                let said = format!("{} does not compare with {}", left.name(), right.name());
                let fault = Fault::new(self.at(expr), said);
                self.fail(fault.meant(meant(other, &operand)))
            }
        }
    }

    fn refuse_object(&mut self, expr: &Expr, object: &Operand) -> Option<Operand> {
        let fault = Fault::new(self.at(expr), format!("{object} is an object, which does not compare"));
        self.fail(fault.hint(format!("name a field of it, as in {object}.name")))
    }

    /// A literal text is a time against a time, and an interval against an interval.
    pub(super) fn read_as(&mut self, class: Class, expr: &Expr, operand: Operand) -> Option<Operand> {
        let Operand::Literal(literal @ Literal { value: Datum::Text(_), .. }) = operand else {
            return Some(operand);
        };
        match class {
            Class::Time => self.time_literal(expr, literal),
            Class::Interval => self.interval_literal(expr, &literal),
            _ => Some(Operand::Literal(literal)),
        }
    }

    /// A name that nobody knows, without quotes, may be a text or a time that wants some.
    fn note_bare(&mut self, other: &Operand, expr: &Expr) {
        let Expr::Identifier(Ident { value, quote_style: None, .. }) = expr else { return };
        let meant = match other.class() {
            Class::Text | Class::List | Class::Dynamic => Meant::Text,
            Class::Time => Meant::Time,
            _ => return,
        };
        if let Some(unknown) = self.unknown.iter_mut().find(|unknown| unknown.is_named(value)) {
            unknown.meant = Some(meant);
        }
    }

    /// Double quotes name a field. Against a field, a name that nobody knows was meant as a text.
    fn refuse_quoted(&mut self, other: &Operand, expr: &Expr) -> Option<()> {
        let Expr::Identifier(Ident { value, quote_style: Some(_), .. }) = expr else { return Some(()) };
        let meant = match other.class() {
            _ if is_known(value) || matches!(other, Operand::Literal(_)) => return Some(()),
            Class::Number if value.parse::<f64>().is_ok_and(f64::is_finite) => value.clone(),
            Class::Bool if matches!(value.as_str(), "true" | "false") => value.clone(),
            Class::Number | Class::Bool => return Some(()),
            _ => format!("'{}'", value.replace('\'', "''")),
        };
        let fault = Fault::new(self.at(expr), format!("\"{value}\" in double quotes names a field"));
        self.fail(fault.meant(Some(meant)))
    }
}

fn fixed(literal: Literal, any_case: bool) -> Matcher {
    let text = match &literal.value {
        Datum::Text(text) if any_case => lower(text),
        Datum::Text(text) => text.to_vec(),
        _ => Vec::new(),
    };
    Matcher::Fixed { pattern: Pattern::new(&text), literal, any_case }
}

fn compares(left: Class, right: Class) -> bool {
    left == right || [left, right].iter().any(|class| matches!(class, Class::Dynamic | Class::Null))
}

/// The literal that was probably meant.
fn meant(other: &Operand, operand: &Operand) -> Option<String> {
    // Whichever side the literal stands on.
    let (literal, class) = match (other, operand) {
        (field, Operand::Literal(literal)) | (Operand::Literal(literal), field) => (literal, field.class()),
        _ => return None,
    };
    match (&literal.value, class) {
        (Datum::Text(text), Class::Number | Class::Bool) => {
            let text = std::str::from_utf8(text).ok()?;
            let plain = match class {
                Class::Number => text.parse::<f64>().is_ok_and(f64::is_finite),
                _ => matches!(text, "true" | "false"),
            };
            plain.then(|| text.to_owned())
        }
        (Datum::Number(_) | Datum::Bool(_), Class::Text) => Some(format!("'{}'", literal.written)),
        (Datum::Interval(_), Class::Time) => Some(format!("now() - {}", literal.written)),
        (Datum::Number(number), Class::Bool) => {
            match number.order(&super::super::eval::number::Number::Integer(0)) {
                std::cmp::Ordering::Equal => Some("false".to_owned()),
                _ => Some("true".to_owned()),
            }
        }
        _ => None,
    }
}
