//! What strictness asks of JSON beyond being JSON, found by a scanner of its own: how deep a text nests,
//! how many keys it has, and whether one stands twice in an object.

use std::collections::BTreeSet;

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) deepest: usize,
    pub(super) keys: usize,
    pub(super) has_duplicate: bool,
}

/// The shape of a text that is JSON already, as `serde_json` has found.
pub(super) fn shape(json: &str) -> Shape {
    let mut scanner = Scanner { bytes: json.as_bytes(), at: 0, shape: Shape::default() };
    scanner.value(1);
    scanner.shape
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    shape: Shape,
}

impl Scanner<'_> {
    fn value(&mut self, depth: usize) {
        match self.peek() {
            b'{' => self.object(depth),
            b'[' => self.array(depth),
            b'"' => drop(self.text()),
            _ => {
                while self.at < self.bytes.len() && !b",]} \t\r\n".contains(&self.bytes[self.at]) {
                    self.at += 1;
                }
            }
        }
    }

    fn object(&mut self, depth: usize) {
        self.shape.deepest = self.shape.deepest.max(depth);
        self.at += 1;
        let mut keys = BTreeSet::new();
        while self.peek() != b'}' {
            self.shape.keys += 1;
            let key = self.text();
            self.shape.has_duplicate |= !keys.insert(key);
            assert_eq!(self.peek(), b':');
            self.at += 1;
            self.value(depth + 1);
            self.skip_comma();
        }
        self.at += 1;
    }

    fn array(&mut self, depth: usize) {
        self.shape.deepest = self.shape.deepest.max(depth);
        self.at += 1;
        while self.peek() != b']' {
            self.value(depth + 1);
            self.skip_comma();
        }
        self.at += 1;
    }

    /// A text as it is meant: its UTF-16 units, as JSON's own escapes spell them.
    fn text(&mut self) -> Vec<u16> {
        assert_eq!(self.peek(), b'"');
        self.at += 1;
        let mut units = Vec::new();
        loop {
            let rest = std::str::from_utf8(&self.bytes[self.at..]).expect("cut between characters");
            let char = rest.chars().next().expect("a text ends");
            self.at += char.len_utf8();
            match char {
                '"' => return units,
                '\\' => units.push(self.escaped()),
                char => units.extend(char.encode_utf16(&mut [0; 2]).iter()),
            }
        }
    }

    fn escaped(&mut self) -> u16 {
        let letter = self.bytes[self.at];
        self.at += 1;
        match letter {
            b'b' => 8,
            b'f' => 12,
            b'n' => 10,
            b'r' => 13,
            b't' => 9,
            b'u' => {
                let digits = std::str::from_utf8(&self.bytes[self.at..self.at + 4]).expect("four digits");
                self.at += 4;
                u16::from_str_radix(digits, 16).expect("four digits")
            }
            other => u16::from(other),
        }
    }

    fn skip_comma(&mut self) {
        if self.peek() == b',' {
            self.at += 1;
        }
    }

    /// The next byte that is not white space.
    fn peek(&mut self) -> u8 {
        while b" \t\r\n".contains(&self.bytes[self.at]) {
            self.at += 1;
        }
        self.bytes[self.at]
    }
}
