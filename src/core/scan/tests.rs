use super::*;
use crate::core::mask::policy::PolicySpec;
use crate::core::mask::pseudonym::MaskKey;

fn finder(values: &[&str]) -> Finder {
    let policy = PolicySpec { preset: "none".into(), ..PolicySpec::default() };
    let mask = Mask::new(policy, MaskKey::from_bytes(&[1; 32]).unwrap(), Vec::new()).unwrap();
    Finder::new(mask, &values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>()).unwrap()
}

use crate::core::mask::Mask;

#[test]
fn what_masks_leave_is_no_finding() {
    let finder = finder(&["Mei Chen"]);
    for text in [
        "email_cqwc_cravoxlx6j76qlmaafkk",
        "[email]@example.com",
        "203.0.113.0/24",
        "2001:db8:1::/48",
        "+1 [phone]",
        "[card] 1111",
        "[name] wrote",
        "https://example.com/support",
        "https://example.com/email_cqwc_cravoxlx6j76qlmaafkk/[name]/[secret]",
        "2026-01-12T08:30:00Z",
    ] {
        assert!(finder.find(text).is_empty(), "{text}: {:?}", finder.find(text));
    }
    for (text, kind) in [
        ("jane@example.com", "email"),
        ("jane%40example.com", "email"),
        ("4111 1111 1111 1111", "card"),
        ("https://example.com/?token=abc", "url"),
        ("mei  chen".replace("  ", " ").as_str(), "value"),
        ("ＭＥＩ ＣＨＥＮ", "value"),
    ] {
        assert_eq!(finder.find(text).keys().collect::<Vec<_>>(), [kind], "{text}");
    }
}
