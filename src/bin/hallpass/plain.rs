//! JSON for a terminal. What a token says may come from anybody: a name with escape codes in it must
//! not move the cursor, turn the text around or begin a line that looks like ours.

use std::fmt::Write as _;

/// The same JSON on one line, every character that can't be seen for what it is written as `\u…`.
///
/// JSON has no raw control characters within texts, so those that are found lie between its parts,
/// where they are white space; and nothing beyond ASCII outside of texts, where it may be escaped.
pub(crate) fn json(valid: &str) -> String {
    let mut plain = String::with_capacity(valid.len());
    for character in valid.chars() {
        match character {
            '\t' | '\n' | '\r' => plain.push(' '),
            '\x7f' => escape(character, &mut plain),
            _ if character.is_ascii() || is_printable(character) => plain.push(character),
            _ => escape(character, &mut plain),
        }
    }
    plain
}

/// Any text at all as a JSON text.
pub(crate) fn text(any: &str) -> String {
    json(&serde_json::Value::from(any).to_string())
}

/// `Debug` escapes what can't be seen: controls, directions, zero widths, marks that join what is
/// before them.
fn is_printable(character: char) -> bool {
    character.escape_debug().len() == 1
}

fn escape(character: char, plain: &mut String) {
    for unit in character.encode_utf16(&mut [0; 2]) {
        // Writing to a `String` can't fail.
        let _ = write!(plain, "\\u{unit:04x}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_escaped_and_means_the_same() {
        for hostile in ["\u{9b}31m", "\u{7f}", "\u{202e}", "\u{2028}", "\u{e0041}", "\u{200b}", "a\u{301}", "\u{feff}"]
        {
            let valid = format!("{{\"a\":\"{hostile}\"}}");
            let plain = json(&valid);
            assert!(plain.is_ascii() && !plain.contains('\x7f'), "{plain}");
            let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
            assert_eq!(read(&plain), read(&valid));
        }
        assert_eq!(json("{\"a\":\n\t\"Zoë ☃ 🦀 \\n\"}\r\n"), "{\"a\":  \"Zoë ☃ 🦀 \\n\"}  ");
        assert_eq!(text("\x1b[31m\n\"\\\u{9b}"), r#""\u001b[31m\n\"\\\u009b""#);
    }
}
