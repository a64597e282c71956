//! Conditions printed, joined and kept for another process; moments resolved once.

use blocks_sessions::core::filter::{Bound, Choice, ChoiceRequest, Condition, Moment};

use super::{NOW, condition};

const DAY: i64 = 86_400_000_000;

#[test]
fn what_is_printed_says_and_prints_the_same() {
    for (text, printed) in [
        ("status='closed'AND(rating<=2)", "status = 'closed' and rating <= 2"),
        ("a = 1 or b = 2 and not (c = 3 or d)", "a = 1 or b = 2 and not (c = 3 or d)"),
        ("(a = 1 or b = 2) and c = 3", "(a = 1 or b = 2) and c = 3"),
        ("not not resolved", "not not resolved"),
        ("(not resolved) = escalated", "(not resolved) = escalated"),
        ("(rating > 1) is null", "(rating > 1) is null"),
        ("status NOT IN ('it''s', 'b')", "status not in ('it''s', 'b')"),
        ("x not like 'a%' and y ilike z", "x not like 'a%' and y ilike z"),
        ("tags not contains 'x'", "tags not contains 'x'"),
        ("created_at > now() - INTERVAL '1' day", "created_at > now() - interval '1 day'"),
        ("created_at > '2026-01-31'", "created_at > '2026-01-31'"),
        ("created_at > date '2026-01-31'", "created_at > date '2026-01-31'"),
        ("closed_at - created_at > '1 hour'", "closed_at - created_at > interval '1 hour'"),
        ("rating > -5 and rating < +007", "rating > -5 and rating < 007"),
        ("metadata.\"odd key\" = 'x' and \"in\".x = 1", "metadata.\"odd key\" = 'x' and \"in\".x = 1"),
        ("x between 1 and 2", "x between 1 and 2"),
        // What looks like a slip of the pen was meant.
        ("\"statis\" = 'x' and \"Status\".y = 1", "\"statis\" = 'x' and \"Status\".y = 1"),
        ("null or true", "null or true"),
        ("resolved is not true", "resolved is not true"),
        ("(a and b) and c", "(a and b) and c"),
        ("length(lower(x)) != 3", "length(lower(x)) != 3"),
        (
            "now() - (closed_at - interval '1 day') > interval '-2 days'",
            "now() - (closed_at - interval '1 day') > interval '-2 days'",
        ),
    ] {
        let once = condition(text);
        assert_eq!(once.to_string(), printed, "{text}");
        assert_eq!(condition(printed), once, "{text}");
    }
}

#[test]
fn conditions_are_joined_whatever_stands_in_them() {
    let joined = Condition::and(&condition("a = 1 or b = 2 -- why").to_string(), "c = 3");
    assert_eq!(condition(&joined).to_string(), "(a = 1 or b = 2) and c = 3");
}

fn read(request: &ChoiceRequest, now: i64) -> Choice {
    Choice::read(request, now).unwrap()
}

#[test]
fn a_choice_keeps_its_moment_and_its_question() {
    let request = ChoiceRequest {
        condition: Some("created_at > now() - interval '7 days'".into()),
        fields: Some(vec!["session_id".into(), "metadata.source".into()]),
        since: Some(Moment::Text("7d".into())),
        until: Some(Moment::At(NOW)),
    };
    let first = read(&request, NOW);
    let later = read(&request, NOW + DAY);
    assert_ne!(first, later);
    assert_eq!(first.given(), later.given());
    let kept = serde_json::to_string(&first.state()).unwrap();
    let restored = Choice::restore(serde_json::from_str(&kept).unwrap()).unwrap();
    assert_eq!(restored, first);
    assert_eq!(restored.given(), first.given());
    assert!(read(&ChoiceRequest::default(), NOW).is_all());
}

#[test]
fn moments_are_read_in_every_form() {
    let at = |moment: Moment| Bound::resolve(&moment, NOW).map(|bound| bound.at);
    let text = |text: &str| at(Moment::Text(text.into()));
    assert_eq!(text("7d"), Ok(NOW - 7 * DAY));
    assert_eq!(text("36h"), Ok(NOW - DAY - DAY / 2));
    assert_eq!(text(" 90m "), Ok(NOW - DAY / 16));
    assert_eq!(text("2026-01-31"), Ok(NOW - DAY / 2));
    assert_eq!(text("2026-01-31T13:00:00+01:00"), Ok(NOW));
    assert_eq!(at(Moment::Ago(DAY)), Ok(NOW - DAY));
    let same = |left: &Moment, right: &Moment| {
        Bound::resolve(left, NOW).unwrap().given == Bound::resolve(right, NOW).unwrap().given
    };
    assert!(same(&Moment::Text("7d".into()), &Moment::Text("1 week".into())));
    assert!(same(&Moment::Text("2026-01-31T12:00".into()), &Moment::At(NOW)));
    for wrong in ["", "yesterday", "7", "-7d", "7 moons", "2026-13-01", "99999999999999 years"] {
        assert!(text(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn all_faults_of_a_choice_are_told_at_once() {
    let request = ChoiceRequest {
        condition: Some("statis = 1 and lowr(x) = 'y'".into()),
        fields: Some(vec!["ratin".into(), "status".into(), "status".into()]),
        since: Some(Moment::Text("soon".into())),
        until: Some(Moment::Text("later".into())),
    };
    let faults = Choice::read(&request, NOW).unwrap_err();
    let names: Vec<String> = faults.iter().map(|fault| fault.loc[0].to_string()).collect();
    assert_eq!(names, ["since", "until", "where", "where", "fields", "fields"]);
    assert_eq!(faults[2].to_string(), "where: unknown field 'statis' at character 1; did you mean 'status'?");
    assert_eq!(faults[5].to_string(), "fields: 'status' is named twice");
    let turned =
        ChoiceRequest { since: Some(Moment::At(5)), until: Some(Moment::At(5)), ..ChoiceRequest::default() };
    assert_eq!(Choice::read(&turned, NOW).unwrap_err()[0].to_string(), "since: must be before until");
    let nothing = ChoiceRequest { fields: Some(Vec::new()), ..ChoiceRequest::default() };
    assert!(Choice::read(&nothing, NOW).is_err());
}
