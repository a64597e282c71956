//! Whether two JSON texts say the same, whatever white space and order of keys they are written in.

use serde_json::Value;

/// Most are the same to the letter; the others are read.
#[must_use]
pub fn is_same(one: &str, other: &str) -> bool {
    if one == other {
        return true;
    }
    let read = |text: &str| serde_json::from_str::<Value>(text).ok();
    // What this reader cannot read (a lone surrogate) is compared as it is written.
    matches!((read(one), read(other)), (Some(one), Some(other)) if one == other)
}

#[cfg(test)]
mod tests {
    use super::is_same;

    #[test]
    fn white_space_and_the_order_of_keys_say_nothing() {
        assert!(is_same(r#"{"a": 1, "b": {"c": [1, 2], "d": null}}"#, r#"{"b":{"d":null,"c":[1,2]},"a":1}"#));
        assert!(is_same(r#"{"a":"\u00e9"}"#, r#"{"a":"é"}"#));
        assert!(!is_same(r#"{"a":1}"#, r#"{"a":1,"b":null}"#));
        assert!(!is_same(r#"{"a":[1,2]}"#, r#"{"a":[2,1]}"#));
        assert!(!is_same(r#"{"a":1}"#, r#"{"a":1.5}"#));
        assert!(!is_same(r#"{"a":"\ud800"}"#, r#"{"a":"\ud801"}"#));
    }
}
