//! What has a value: fields and paths, literals, and calls of functions.

use std::borrow::Cow;

use sqlparser::ast::{
    BinaryOperator, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, UnaryOperator,
    Value as SqlValue, ValueWithSpan,
};

use super::{Checker, is_condition};
use crate::core::filter::absent::Unknown;
use crate::core::filter::eval::datum::Datum;
use crate::core::filter::eval::number::Number;
use crate::core::filter::names::meant_field;
use crate::core::filter::path::Path;
use crate::core::filter::sql::{FUNCTIONS, Fault};
use crate::core::filter::tree::{Class, Field, Literal, Operand};
use crate::core::model::fields::{FIELDS, Kind, USER_FIELDS};
use crate::core::model::likeness::nearest;

/// What other languages call our functions.
const OTHER_NAMES: [(&str, &str); 10] = [
    ("len", "length"),
    ("char_length", "length"),
    ("character_length", "length"),
    ("strlen", "length"),
    ("array_length", "length"),
    ("lcase", "lower"),
    ("tolower", "lower"),
    ("current_timestamp", "now"),
    ("getdate", "now"),
    ("today", "now"),
];
/// What SQL calls the clock without a call.
const CLOCKS: [&str; 3] = ["now", "current_timestamp", "current_date"];
/// Functions whose work `contains` does.
const CONTAINS: [&str; 6] =
    ["contains", "list_contains", "array_contains", "list_has", "array_has", "json_contains"];

impl Checker<'_> {
    /// What stands where a value is expected.
    pub(super) fn operand(&mut self, expr: &Expr) -> Option<Operand> {
        self.deeper(expr, |checker| checker.operand_here(expr))
    }

    fn operand_here(&mut self, expr: &Expr) -> Option<Operand> {
        if is_condition(expr) {
            return self.test(expr).map(|test| Operand::Test(Box::new(test)));
        }
        match expr {
            Expr::Nested(inner) => self.operand(inner),
            Expr::Identifier(name) => self.field(std::slice::from_ref(name)),
            Expr::CompoundIdentifier(names) => self.field(names),
            Expr::Value(value) => self.literal(value),
            Expr::UnaryOp { op: UnaryOperator::Plus, expr } => self.operand(expr),
            Expr::UnaryOp { op: UnaryOperator::Minus, expr } => self.negative(expr),
            Expr::Function(function) => self.call(expr, function),
            Expr::Interval(interval) => self.interval(expr, interval),
            Expr::TypedString(typed) => self.typed(typed),
            Expr::BinaryOp { left, op: BinaryOperator::Plus, right } => self.calculate(left, right, false),
            Expr::BinaryOp { left, op: BinaryOperator::Minus, right } => self.calculate(left, right, true),
            // Its bracket, colon or operator was refused when the tokens were read.
            Expr::CompoundFieldAccess { .. } | Expr::JsonAccess { .. } | Expr::Cast { .. } => None,
            Expr::BinaryOp { op, .. } if !is_arithmetic(op) => None,
            _ => {
                let at = self.at(expr);
                let fault = Fault::new(at, format!("{} is not supported", unsupported(expr)));
                self.fail(instead(expr).map_or_else(|| fault.clone(), |hint| fault.clone().hint(hint)))
            }
        }
    }

    /// A field of a session, or a path below one.
    fn field(&mut self, names: &[Ident]) -> Option<Operand> {
        let (head, below) = names.split_first()?;
        let at = self.places.at(head.span.start);
        // A name in quotes was meant as it stands.
        if let Some(meant) = meant_field(&head.value).filter(|_| head.quote_style.is_none()) {
            let fault = Fault::new(at, format!("unknown field '{}'", head.value));
            return self.fail(fault.meant(Some(format!("'{meant}'"))));
        }
        let clock = CLOCKS.iter().any(|clock| clock.eq_ignore_ascii_case(&head.value));
        if clock && below.is_empty() && head.quote_style.is_none() {
            let fault = Fault::new(at, format!("'{}' is no field", head.value));
            return self.fail(fault.meant(Some("now()")));
        }
        let path = Path::new(names.iter().map(|name| name.value.as_str()));
        if names.iter().all(|name| name.quote_style.is_none()) {
            let unknown = Unknown::new("where", &path);
            self.unknown.extend(unknown.filter(|unknown| !self.unknown.iter().any(|it| it.is_same(unknown))));
        }
        let documented = FIELDS.iter().find(|(name, _)| *name == head.value).map(|(_, kind)| *kind);
        let Some(next) = below.first() else {
            return Some(self.alone(path, &head.value, documented));
        };
        let at = self.places.at(next.span.start);
        match documented {
            Some(Kind::Object | Kind::Any) | None => {
                let slot = self.lookup.slot(&path);
                Some(Operand::Field(Field { path, slot, kind: None }))
            }
            Some(Kind::Texts) => {
                let fault = Fault::new(at, format!("the elements of '{}' have no names", head.value));
                self.fail(fault.meant(Some("'contains'")))
            }
            Some(_) => self.fail(Fault::new(at, format!("'{}' has no fields of its own", head.value))),
        }
    }

    /// A name by itself: a field, or a column that is made of the user's profile.
    fn alone(&mut self, path: Path, name: &str, kind: Option<Kind>) -> Operand {
        let column = USER_FIELDS.iter().find(|(_, column)| *column == name);
        let (slot, kind) = match column {
            Some((key, _)) => (self.lookup.slot(&Path::new(["user_info", *key])), Some(Kind::Text)),
            None => (self.lookup.slot(&path), kind),
        };
        Operand::Field(Field { path, slot, kind })
    }

    fn literal(&mut self, sent: &ValueWithSpan) -> Option<Operand> {
        let at = self.places.at(sent.span.start);
        let (value, written) = match &sent.value {
            SqlValue::Number(digits, _) => match Number::literal(digits) {
                Some(number) => (Datum::Number(number), digits.clone()),
                None => return self.fail(Fault::new(at, "a number beyond every number")),
            },
            SqlValue::SingleQuotedString(text) => (
                Datum::Text(Cow::Owned(text.clone().into_bytes())),
                format!("'{}'", text.replace('\'', "''")),
            ),
            SqlValue::Boolean(truth) => (Datum::Bool(*truth), truth.to_string()),
            SqlValue::Null => (Datum::Null, "null".to_owned()),
            _ => return self.fail(Fault::new(at, "texts stand in single quotes")),
        };
        Some(Operand::Literal(Literal { value, written: written.into() }))
    }

    fn negative(&mut self, expr: &Expr) -> Option<Operand> {
        let negated = match self.operand(expr)? {
            Operand::Literal(Literal { value: Datum::Number(number), written }) => {
                let written = written.strip_prefix('-').map_or_else(|| format!("-{written}"), str::to_owned);
                Some((Datum::Number(number.negated()), written))
            }
            Operand::Literal(Literal { value: Datum::Interval(interval), .. }) => interval
                .negated()
                .map(|interval| (Datum::Interval(interval), format!("interval '{interval}'"))),
            _ => None,
        };
        let at = self.at(expr);
        let fault = || Fault::new(at, "only a number or an interval can be negative");
        let (value, written) = self.found(negated, fault)?;
        Some(Operand::Literal(Literal { value, written: written.into() }))
    }

    fn call(&mut self, expr: &Expr, function: &Function) -> Option<Operand> {
        let name = function.name.to_string().to_lowercase();
        let args: Vec<&Expr> = arguments(function);
        let arity = match name.as_str() {
            "now" => 0,
            "lower" | "length" => 1,
            _ => return self.unknown(expr, &function.name.to_string(), &args),
        };
        if args.len() != arity {
            let wanted = if arity == 0 { "no argument" } else { "one argument" };
            let at = self.at(expr);
            return self.fail(Fault::new(at, format!("{name}() takes {wanted}, not {}", args.len())));
        }
        let Some(arg) = args.first() else {
            self.uses_now = true;
            return Some(Operand::Literal(Literal { value: Datum::Time(self.now), written: "now()".into() }));
        };
        let operand = self.operand(arg)?;
        if name == "lower" {
            self.expect(&operand, arg, &[Class::Text, Class::Dynamic, Class::Null], "lower() takes text")?;
            return Some(Operand::Lower(Box::new(operand)));
        }
        let allowed = [Class::Text, Class::List, Class::Dynamic, Class::Null];
        self.expect(&operand, arg, &allowed, "length() takes text or a list")?;
        Some(Operand::Length(Box::new(operand)))
    }

    fn unknown(&mut self, expr: &Expr, name: &str, args: &[&Expr]) -> Option<Operand> {
        let fault = Fault::new(self.at(expr), format!("unknown function '{name}'"));
        let lower = name.to_lowercase();
        let other = OTHER_NAMES.iter().find(|(other, _)| *other == lower).map(|(_, ours)| *ours);
        let meant = other.or_else(|| nearest(name, FUNCTIONS));
        self.faults.push(if CONTAINS.contains(&lower.as_str()) {
            fault.meant(Some("tags contains '...'"))
        } else if let Some(hint) = without(&lower) {
            fault.hint(hint)
        } else {
            fault.meant(meant.map(|meant| format!("'{meant}'")))
        });
        // What else is wrong is told with it.
        for arg in args {
            self.operand(arg);
        }
        None
    }
}

fn arguments(function: &Function) -> Vec<&Expr> {
    let FunctionArguments::List(list) = &function.args else { return Vec::new() };
    let expr = |arg| match arg {
        &FunctionArg::Unnamed(FunctionArgExpr::Expr(ref expr)) => Some(expr),
        _ => None,
    };
    list.args.iter().filter_map(expr).collect()
}

/// What an expression is that SQL has and a condition has not.
fn unsupported(expr: &Expr) -> &'static str {
    match expr {
        Expr::Subquery(_) | Expr::Exists { .. } => "a query inside a condition",
        Expr::Tuple(_) => "a row of values",
        Expr::Convert { .. } => "a cast",
        Expr::AnyOp { .. } | Expr::AllOp { .. } => "any or all",
        Expr::BinaryOp { op: BinaryOperator::Xor, .. } => "xor",
        Expr::Array(_) => "an array",
        Expr::BinaryOp { .. } | Expr::UnaryOp { .. } => "arithmetic but with times and intervals",
        Expr::Like { .. } | Expr::ILike { .. } => "escape",
        Expr::IsDistinctFrom(..) | Expr::IsNotDistinctFrom(..) => "is distinct from",
        Expr::RLike { .. } | Expr::SimilarTo { .. } => "a regular expression",
        Expr::Collate { .. } => "collate",
        Expr::AtTimeZone { .. } => "at time zone",
        _ => "this",
    }
}

fn is_arithmetic(op: &BinaryOperator) -> bool {
    use BinaryOperator::{Divide, Modulo, Multiply, Xor};
    matches!(op, Multiply | Divide | Modulo | Xor)
}

/// What to write where something is not supported.
fn instead(expr: &Expr) -> Option<&'static str> {
    match expr {
        Expr::AnyOp { .. } | Expr::AllOp { .. } => {
            Some("several values stand in a list, as in rating in (1, 2)")
        }
        Expr::IsDistinctFrom(..) | Expr::IsNotDistinctFrom(..) => Some("as in rating != 5 or rating is null"),
        Expr::RLike { .. } | Expr::SimilarTo { .. } => Some("did you mean 'like' or 'ilike'?"),
        Expr::AtTimeZone { .. } => Some("a time says its zone itself, as in '2026-01-31T08:00:00+02:00'"),
        _ => None,
    }
}

/// What to do without a function of other languages.
fn without(function: &str) -> Option<&'static str> {
    Some(match function {
        "date" | "datetime" | "date_trunc" | "date_part" | "extract" | "year" | "month" | "day"
        | "strftime" | "to_date" | "to_timestamp" => {
            "times compare as they are, as in created_at >= '2026-01-01' and created_at < '2026-02-01'"
        }
        "cast" | "convert" | "try_cast" => "fields compare by their own types",
        "coalesce" | "ifnull" | "nvl" => "as in rating <= 2 or rating is null",
        "exists" => "as in metadata.source is not null",
        "count" | "sum" | "avg" | "min" | "max" => "a condition is asked of each session by itself",
        "upper" | "ucase" => "did you mean 'lower' or 'ilike'?",
        "regexp_matches" | "regexp_like" | "starts_with" | "ends_with" | "startswith" | "endswith" => {
            "did you mean 'like'?"
        }
        _ => return None,
    })
}
