//! What is wrong with a condition: all of it at once, where it stands in characters from 1 on, and what was meant.

use blocks_sessions::core::filter::Condition;

use super::NOW;

fn faults(text: &str) -> Vec<String> {
    let faults = Condition::parse(text, NOW).err().unwrap_or_else(|| panic!("{text} is taken"));
    faults.iter().map(ToString::to_string).collect()
}

#[test]
fn each_has_its_sentence() {
    let mut wrong = Vec::new();
    let time = "write it as '2026-01-31' or '2026-01-31T08:00:00Z'";
    for (text, fault) in [
        (
            "rating = 5 and lowr(status) = 'x'",
            "unknown function 'lowr' at character 16; did you mean 'lower'?",
        ),
        ("statis = 'closed'", "unknown field 'statis' at character 1; did you mean 'status'?"),
        (
            "x = 1 and create_at > now()",
            "unknown field 'create_at' at character 11; did you mean 'created_at'?",
        ),
        ("Status = 'x'", "unknown field 'Status' at character 1; did you mean 'status'?"),
        (
            "status = \"closed\"",
            "\"closed\" in double quotes names a field at character 10; did you mean 'closed'?",
        ),
        ("status in ('a', \"b\")", "\"b\" in double quotes names a field at character 17; did you mean 'b'?"),
        ("tags contains \"b\"", "\"b\" in double quotes names a field at character 15; did you mean 'b'?"),
        (
            "metadata.source like \"b%\"",
            "\"b%\" in double quotes names a field at character 22; did you mean 'b%'?",
        ),
        ("rating = '5'", "a number does not compare with text at character 10; did you mean 5?"),
        ("'five' = rating", "a number does not compare with text at character 1"),
        ("status = 5", "text does not compare with a number at character 10; did you mean '5'?"),
        ("resolved = 'true'", "true or false does not compare with text at character 12; did you mean true?"),
        ("resolved = 1", "true or false does not compare with a number at character 12; did you mean true?"),
        ("created_at > 'yesterday'", &format!("this text is no time at character 14; {time}")),
        ("created_at > 20260131", "a time does not compare with a number at character 14"),
        ("date '2026-13-01' < created_at", &format!("this text is no time at character 6; {time}")),
        ("tags = 'x'", "a list does not compare at character 8; did you mean 'contains'?"),
        (
            "metadata = 'x'",
            "metadata is an object, which does not compare at character 12; name a field of it, as in metadata.name",
        ),
        (
            "status",
            "expected a condition, found text at character 1; compare it with something, as in status = 'closed'",
        ),
        (
            "status = 'a' and 5",
            "expected a condition, found a number at character 18; compare it with something, as in status = 'closed'",
        ),
        ("status contains 'x'", "text has no elements at character 1; did you mean like '%...%'?"),
        ("rating contains 'x'", "contains looks into a list, and this is a number at character 1"),
        ("tags contains 5", "the list holds texts, and this is a number at character 15"),
        ("rating like '5%'", "like compares text, and this is a number at character 1"),
        ("lower(rating) = 'x'", "lower() takes text, and this is a number at character 7"),
        ("length(status, 2) = 1", "length() takes one argument, not 2 at character 1"),
        ("created_at < now(1)", "now() takes no argument, not 1 at character 14"),
        ("len(status) = 1", "unknown function 'len' at character 1; did you mean 'length'?"),
        (
            "contains(tags, 'x')",
            "unknown function 'contains' at character 1; did you mean tags contains '...'?",
        ),
        ("created_at > now", "'now' is no field at character 14; did you mean now()?"),
        ("foo(status) = 1", "unknown function 'foo' at character 1"),
        (
            "cast(rating as text) = '5'",
            "unknown function 'cast' at character 1; fields compare by their own types",
        ),
        ("status == 'x'", "unknown operator '==' at character 8; did you mean '='?"),
        ("resolved && escalated", "unknown operator '&&' at character 10; did you mean 'and'?"),
        ("status = 'x';", "unexpected ';' at character 13; a condition is one expression"),
        ("tags[0] = 'x'", "array elements are not addressed at character 5; did you mean 'contains'?"),
        ("status.x = 1", "'status' has no fields of its own at character 8"),
        ("tags.x = 1", "the elements of 'tags' have no names at character 6; did you mean 'contains'?"),
        ("rating * 2 > 4", "arithmetic but with times and intervals is not supported at character 1"),
        (
            "rating + 1 > 4",
            "arithmetic is for times and intervals only at character 1; as in now() - interval '7 days'",
        ),
        (
            "created_at > now() - interval '7 moons'",
            "this is no interval at character 31; write it as interval '7 days'",
        ),
        (
            "status = 'x",
            "a text that is never closed at character 10; texts stand in single quotes, and '' is a quote in one",
        ),
        ("status = ", "expected a field, a value or '(', found the end at character 10"),
        ("status = 'a' and and rating = 1", "expected a field, a value or '(', found 'and' at character 18"),
        ("status = 'a' rating = 1", "expected 'and', 'or' or the end, found 'rating' at character 14"),
        ("(status = 'a'", "expected ')', found the end at character 14"),
        (
            "status like 'a' escape '\\'",
            "escape is not supported at character 24; % and _ always stand for any text and any character",
        ),
        (
            "status in (select 1)",
            "in takes a list of values, as in status in ('closed', 'idle') at character 1",
        ),
        ("rating is true", "expected true or false before 'is', found a number at character 1"),
        (
            "metadata.2fa = 'x'",
            "expected 'and', 'or' or the end, found a number at character 9; a name that begins with a digit stands in double quotes",
        ),
        ("", "the condition is empty"),
        ("  \n -- nothing", "the condition is empty"),
        ("rating > 1e999", "a number beyond every number at character 10"),
        (
            "feedback = 'é😀'\n and stauts = 'x'",
            "unknown field 'stauts' at character 22; did you mean 'status'?",
        ),
    ] {
        let found = faults(text);
        if found != [fault] {
            wrong.push((text, found, fault.to_owned()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_time_or_a_stretch_of_it_wants_quotes() {
    let time = "write it as '2026-01-31' or '2026-01-31T08:00:00Z'";
    let quoted = |text: &str| format!("a time stands in quotes at character 14; did you mean '{text}'?");
    let none = |text: &str| format!("{text} is no time at character 14; {time}");
    for (text, fault) in [
        ("created_at > 2026-01-31", quoted("2026-01-31")),
        ("created_at > 2026-01-31T00:00:00Z and rating = 1", quoted("2026-01-31T00:00:00Z")),
        ("created_at > 2026-01-31T10:30:00.25+02:00", quoted("2026-01-31T10:30:00.25+02:00")),
        ("created_at > 2026-01-31 10:30:00", quoted("2026-01-31 10:30:00")),
        ("created_at > 10:30", none("10:30")),
        ("created_at > 2026-01", none("2026-01")),
        ("created_at > 31/01/2026", none("31/01/2026")),
        ("date < 5 and x>2026-01-31 -interval '1 day'", quoted("2026-01-31").replace("14", "16")),
        (
            "created_at > now() - 7 days",
            "7 days is no value at character 22; did you mean interval '7 days'?".to_owned(),
        ),
        (
            "created_at > now() - 7d",
            "7 d is no value at character 22; did you mean interval '7 d'?".to_owned(),
        ),
        (
            "created_at > '7d'",
            "this text is no time at character 14; so long ago is now() - interval '7d'".to_owned(),
        ),
        (
            "created_at > interval '7 days'",
            "a time does not compare with an interval at character 23; did you mean now() - interval '7 days'?"
                .to_owned(),
        ),
    ] {
        assert_eq!(faults(text), [fault], "{text}");
    }
    let several = faults("last_message_at between 2026-01-01 and 2026-01-31 and statis = 1");
    assert_eq!(several.len(), 3, "{several:?}");
    for text in ["x > 5-3", "created_at > now() - interval 7 day", "x = 1 -- 10:30 and 2026-01-01"] {
        let told = Condition::parse(text, NOW).err().unwrap_or_default();
        assert!(!told.iter().any(|fault| fault.to_string().contains("quotes")), "{text}: {told:?}");
    }
}

#[test]
fn nothing_of_the_librarys_grammar_is_told() {
    let is = "only null, true, false and unknown stand behind 'is' and 'is not', found";
    for (text, fault) in [
        ("rating is not 5", format!("{is} '5' at character 15; did you mean != 5?")),
        ("rating is 5", format!("{is} '5' at character 11; did you mean = 5?")),
        ("status IS NOT 'x'", format!("{is} a text at character 15; did you mean != 'x'?")),
        ("status is closed", format!("{is} 'closed' at character 11; did you mean = 'closed'?")),
        ("resolved is", format!("{is} the end at character 12")),
        (
            "status in 'closed'",
            "'in' takes a list in parentheses, found a text at character 11; as in status in ('closed', 'idle')"
                .to_owned(),
        ),
        ("rating between 1", "expected 'and', found the end at character 17".to_owned()),
        (
            "status not = 'x'",
            "expected 'and', 'or' or the end, found 'not' at character 8; did you mean '!=', 'not in' or 'not like'?"
                .to_owned(),
        ),
        ("rating >> 2", "unknown operator '>>' at character 8".to_owned()),
        ("rating => 2", "unknown operator '=>' at character 8; did you mean '>='?".to_owned()),
        ("rating =< 2", "unknown operator '=<' at character 8; did you mean '<='?".to_owned()),
        ("resolved & escalated", "unknown operator '&' at character 10; did you mean 'and'?".to_owned()),
        ("rating div 2", "unexpected 'div' at character 8".to_owned()),
        ("rating = @x", "placeholders are not filled in at character 10; write the value itself".to_owned()),
        ("rating = ?", "placeholders are not filled in at character 10; write the value itself".to_owned()),
        ("rating = {x}", "placeholders are not filled in at character 10; write the value itself".to_owned()),
        ("rating::text = '5'", "casts are not supported at character 7; fields compare by their own types".to_owned()),
        ("not", "expected a field, a value or '(', found the end at character 4".to_owned()),
        ("where rating <= 2", "'where' is left out at character 1; a condition begins behind it".to_owned()),
        (
            "rating <= 2 order by rating",
            "expected 'and', 'or' or the end, found 'order' at character 13; a condition says which sessions, and nothing else"
                .to_owned(),
        ),
        (
            "rating isnull",
            "expected 'and', 'or' or the end, found 'isnull' at character 8; did you mean 'is null'?".to_owned(),
        ),
        (
            "2fa = 3",
            "expected 'and', 'or' or the end, found 'fa' at character 2; a name that begins with a digit stands in double quotes"
                .to_owned(),
        ),
        (
            "rating = any(1)",
            "any or all is not supported at character 1; several values stand in a list, as in rating in (1, 2)"
                .to_owned(),
        ),
        (
            "coalesce(rating, 0) < 3",
            "unknown function 'coalesce' at character 1; as in rating <= 2 or rating is null".to_owned(),
        ),
    ] {
        let found = faults(text);
        assert_eq!(found.first(), Some(&fault), "{text}: {found:?}");
    }
}

#[test]
fn all_of_them_at_once_in_the_order_of_the_text() {
    let text = "statis == 'x' and rating = '5' or lowr(feedbak) = 'y' and created_at > 'then' || tags = 'z'";
    let found = faults(text);
    let at: Vec<&str> = found.iter().map(|fault| fault.split(" at character ").nth(1).unwrap()).collect();
    let at: Vec<usize> = at.iter().map(|rest| rest.split(';').next().unwrap().parse().unwrap()).collect();
    assert_eq!(at, [1, 8, 28, 35, 40, 72, 79, 89], "{found:?}");
}

#[test]
fn nothing_hangs_and_nothing_overflows() {
    let texts = [
        "(".repeat(100_000),
        format!("{}1{}", "(".repeat(60), ")".repeat(60)),
        "not ".repeat(100_000) + "resolved",
        "lower(".repeat(1_000) + "status",
        "foo(".repeat(40) + "statis",
        "case ".repeat(900),
        vec!["rating = 1"; 100_000].join(" and "),
        vec!["rating"; 900].join(" = "),
        vec!["rating"; 100_000].join(" && "),
        vec!["rating"; 100_000].join(" | "),
        vec!["rating"; 100_000].join(" << "),
        "1-".repeat(100_000),
        "10:".repeat(100_000),
        "7 ".repeat(100_000),
        "tags contains ".repeat(900) + "'x'",
        "-".repeat(900) + "1 = rating",
        "- ".repeat(900) + "1 = rating",
        "interval ".repeat(900),
        "'".repeat(99_999),
        "\"".repeat(99_999),
        ".".repeat(100_000),
        "/*".repeat(50_000),
        "\u{0}".to_owned(),
        "status = 'a' or ".to_owned() + &"😀".repeat(1_000),
        "a.".repeat(50_000) + "b = 1",
        "x between ".repeat(450),
        "status in (".repeat(450),
        "x".repeat(5 << 20),
    ];
    for text in texts {
        let start: String = text.chars().take(30).collect();
        let outcome = Condition::parse(&text, NOW);
        assert!(outcome.is_err() || start.starts_with("a.a."), "{start}");
    }
}

#[test]
fn what_is_nested_too_deeply_is_told_as_that() {
    for text in ["not ".repeat(60) + "resolved", format!("{}resolved{}", "(".repeat(60), ")".repeat(60))] {
        assert_eq!(faults(&text), ["the condition is nested too deeply"]);
    }
    assert!(Condition::parse(&("not ".repeat(40) + "resolved"), NOW).is_ok());
    assert!(Condition::parse("not.a = 1", NOW).is_ok(), "a path may begin with any word but a value");
}

#[test]
fn a_number_of_another_notation_is_no_text() {
    for (text, fault) in [
        ("rating = 0x1F", "0x1F is no number at character 10; did you mean 31?"),
        (
            "rating = 0xffffffffffffffffff",
            "0xffffffffffffffffff is no number at character 10; a number is written in decimal digits",
        ),
        ("status = X'1f'", "a text with a prefix at character 10; texts stand in single quotes alone"),
        (
            "rating = 0b101",
            "expected 'and', 'or' or the end, found 'b101' at character 11; a number is written in decimal digits",
        ),
    ] {
        assert_eq!(faults(text), [fault], "{text}");
    }
}

#[test]
fn a_value_has_no_fields() {
    for (text, at) in [("null.a = 1", 5), ("x = 1 and true.b", 15), ("status = false.a", 15)] {
        let told = format!(
            "expected an operator behind null, true or false, found '.' at character {at}; a field of such a name stands in double quotes"
        );
        assert_eq!(faults(text), [told], "{text}");
    }
    assert!(Condition::parse("\"null\".a = 1 and metadata.null = 1", NOW).is_ok());
}
