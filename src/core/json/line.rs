//! A JSON text as one line: the bytes as they are, but for white space that holds a line break.
//! It knows nothing of sessions and of files.

/// Adds a valid JSON text on one line, without an end of line. White space that holds a line break is left
/// out: it can only stand between tokens, since a line break in a string is escaped.
pub fn push_line(out: &mut Vec<u8>, json: &[u8]) {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
    let mut rest = json;
    while let Some(line_break) = memchr::memchr2(b'\n', b'\r', rest) {
        let (before, after) = rest.split_at(line_break);
        let kept = before.iter().rposition(|byte| !is_space(byte)).map_or(0, |last| last + 1);
        out.extend_from_slice(before.get(..kept).unwrap_or_default());
        let next = after.iter().position(|byte| !is_space(byte)).unwrap_or(after.len());
        rest = after.get(next..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_white_space_with_a_line_break_goes() {
        for (sent, line) in [
            (r#"{"a" : "b \n c",  "é":1.50}"#, r#"{"a" : "b \n c",  "é":1.50}"#),
            ("{\n  \"a\" : [ 1,\r\n\t2 ],  \"b\": \"x  y\"\n}", r#"{"a" : [ 1,2 ],  "b": "x  y"}"#),
            ("{ \n\n \"a\":1 \n}", r#"{"a":1}"#),
            ("\r\n{}\r\n", "{}"),
        ] {
            let mut out = Vec::new();
            push_line(&mut out, sent.as_bytes());
            assert_eq!(String::from_utf8(out).unwrap(), line);
        }
    }
}
