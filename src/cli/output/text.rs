//! Text for a terminal: how wide it is, cut and filled to a width, with nothing in it that a terminal
//! would obey. What was sent may hold escape sequences, line breaks, and marks that turn their neighbours.

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

/// Zero-width joiners, which letters and emoji need to look right.
const JOINERS: [char; 2] = ['\u{200c}', '\u{200d}'];

/// The text on one line: a line break or tab is a space, and what would turn, hide or command is shown by
/// its code.
pub fn visible(text: &str) -> String {
    if !text.chars().any(is_hidden) {
        return text.to_owned();
    }
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => shown.push(' '),
            hidden if is_hidden(hidden) => shown.extend(hidden.escape_unicode()),
            plain => shown.push(plain),
        }
    }
    shown
}

/// Control characters, line and paragraph separators, and format characters but the joiners and the
/// variation of emoji.
fn is_hidden(character: char) -> bool {
    match character {
        _ if JOINERS.contains(&character) => false,
        '\u{ad}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{feff}'
        | '\u{e0001}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{fff9}'..='\u{fffb}' => true,
        _ => character.is_control(),
    }
}

/// In columns of a terminal.
pub fn width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.width() }
}

/// The text in exactly so many columns: cut, which an ellipsis tells, or filled with spaces.
pub fn fit(text: &str, columns: usize, right: bool, ellipsis: char) -> String {
    let mut shown = cut(text, columns, ellipsis);
    let missing = columns.saturating_sub(width(&shown));
    if right {
        shown.insert_str(0, &" ".repeat(missing));
    } else {
        shown.extend(std::iter::repeat_n(' ', missing));
    }
    shown
}

/// The text in at most so many columns. No character is parted from the marks that it bears.
pub fn cut(text: &str, columns: usize, ellipsis: char) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let (mut kept, mut used) = (String::new(), 0);
    for cluster in text.graphemes(true) {
        let wide = width(cluster);
        if used + wide + 1 > columns {
            break;
        }
        kept.push_str(cluster);
        used += wide;
    }
    if columns > 0 {
        kept.push(ellipsis);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_is_left() {
        assert_eq!(visible("a\x1b[31mb"), "a\\u{1b}[31mb");
        assert_eq!(visible("two\nlines\tand\r\nmore"), "two lines and  more");
        assert_eq!(visible("\u{202e}evil\u{200b}"), "\\u{202e}evil\\u{200b}");
        assert_eq!(visible("\u{9b}31m"), "\\u{9b}31m");
        assert_eq!(visible("👩‍💻 né"), "👩‍💻 né");
    }

    #[test]
    fn wide_and_combining_characters_fill_their_columns() {
        for text in ["abc", "東京都庁", "e\u{301}te\u{301}", "नमस्ते", "👍🏽 ok", "ﾊﾝｶｸ", "한국어"]
        {
            for columns in 1..14 {
                let shown = fit(text, columns, false, '…');
                assert_eq!(width(&shown), columns, "{text} in {columns}: {shown}");
                assert_eq!(width(&fit(text, columns, true, '…')), columns);
            }
        }
        assert_eq!(cut("東京都", 5, '…'), "東京…");
        assert_eq!(cut("東京都", 4, '~'), "東~");
        assert_eq!(cut("e\u{301}te\u{301}", 2, '…'), "e\u{301}…", "a mark stays with its letter");
    }
}
