//! Strict JSON, read once more: the grammar of RFC 8259 by recursive descent, and what strictness asks beyond it.

use std::collections::BTreeSet;

/// The first thing that is wrong, in the order of reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    Syntax,
    NotAnObject,
    DuplicateKey,
    TooDeep,
    TooManyKeys,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Text(String),
    Number(f64),
    Array(Vec<Value>),
    Object(Vec<(String, Value)>),
    /// `true`, `false` or `null`.
    Word,
}

/// What was read: the object's members, or what is wrong.
pub(super) struct Read {
    pub(super) object: Result<Vec<(String, Value)>, Fault>,
    /// Whether a number is so near to the largest that there is that readers who round on their way may take it for
    /// infinite, or the reverse.
    pub(super) is_on_the_edge: bool,
}

/// Reads a strict object that nests no deeper than this, and has no more keys.
pub(super) fn read(bytes: &[u8], deepest: usize, keys: usize) -> Read {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Read { object: Err(Fault::Syntax), is_on_the_edge: false };
    };
    let mut reader = Reader { text, at: 0, deepest, keys, is_on_the_edge: false };
    let object = reader.whole();
    Read { object, is_on_the_edge: reader.is_on_the_edge }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    deepest: usize,
    /// How many more there may be.
    keys: usize,
    is_on_the_edge: bool,
}

impl Reader<'_> {
    fn whole(&mut self) -> Result<Vec<(String, Value)>, Fault> {
        self.blank();
        // What is no object is not read to its end.
        let value = if self.peek() == Some(b'[') { Err(Fault::NotAnObject) } else { self.value(1) };
        let Value::Object(members) = value? else { return Err(Fault::NotAnObject) };
        self.blank();
        if self.at == self.text.len() { Ok(members) } else { Err(Fault::Syntax) }
    }

    /// `depth` is that of an object or an array which begins here.
    fn value(&mut self, depth: usize) -> Result<Value, Fault> {
        self.blank();
        match self.peek().ok_or(Fault::Syntax)? {
            b'{' => self.object(depth).map(Value::Object),
            b'[' => self.array(depth).map(Value::Array),
            b'"' => self.string().map(Value::Text),
            b'-' | b'0'..=b'9' => self.number().map(Value::Number),
            _ => ["true", "false", "null"]
                .iter()
                .any(|word| self.takes(word))
                .then_some(Value::Word)
                .ok_or(Fault::Syntax),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Vec<(String, Value)>, Fault> {
        self.enter(depth)?;
        let (mut members, mut seen) = (Vec::new(), BTreeSet::new());
        self.blank();
        if self.takes("}") {
            return Ok(members);
        }
        loop {
            self.blank();
            let key = self.string()?;
            self.keys = self.keys.checked_sub(1).ok_or(Fault::TooManyKeys)?;
            if !seen.insert(key.clone()) {
                return Err(Fault::DuplicateKey);
            }
            self.blank();
            self.expects(":")?;
            members.push((key, self.value(depth + 1)?));
            self.blank();
            if !self.takes(",") {
                return self.expects("}").map(|()| members);
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Vec<Value>, Fault> {
        self.enter(depth)?;
        let mut items = Vec::new();
        self.blank();
        if self.takes("]") {
            return Ok(items);
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.blank();
            if !self.takes(",") {
                return self.expects("]").map(|()| items);
            }
        }
    }

    fn enter(&mut self, depth: usize) -> Result<(), Fault> {
        self.at += 1;
        if depth > self.deepest { Err(Fault::TooDeep) } else { Ok(()) }
    }

    /// A text as it is meant. Half of a surrogate pair is none (RFC 8259, 8.2, leaves it to the reader).
    fn string(&mut self) -> Result<String, Fault> {
        self.expects("\"")?;
        let mut units = Vec::new();
        loop {
            let char = self.text[self.at..].chars().next().ok_or(Fault::Syntax)?;
            self.at += char.len_utf8();
            match char {
                '"' => return String::from_utf16(&units).map_err(|_| Fault::Syntax),
                '\\' => units.push(self.escaped()?),
                '\0'..='\u{1f}' => return Err(Fault::Syntax),
                char => units.extend(char.encode_utf16(&mut [0; 2]).iter()),
            }
        }
    }

    /// A UTF-16 unit behind a backslash.
    fn escaped(&mut self) -> Result<u16, Fault> {
        let letter = self.peek().ok_or(Fault::Syntax)?;
        let unit = match letter {
            b'"' | b'\\' | b'/' => u16::from(letter),
            b'b' => 8,
            b'f' => 12,
            b'n' => 10,
            b'r' => 13,
            b't' => 9,
            b'u' => {
                let digits = self.text.as_bytes().get(self.at + 1..self.at + 5).ok_or(Fault::Syntax)?;
                let value = |digit: &u8| char::from(*digit).to_digit(16).ok_or(Fault::Syntax);
                let unit = digits.iter().try_fold(0, |unit, digit| Ok(unit * 16 + value(digit)?))?;
                self.at += 4;
                u16::try_from(unit).expect("four digits")
            }
            _ => return Err(Fault::Syntax),
        };
        self.at += 1;
        Ok(unit)
    }

    fn number(&mut self) -> Result<f64, Fault> {
        let begin = self.at;
        self.takes("-");
        if !self.takes("0") {
            self.digits()?;
        } else if self.digits().is_ok() {
            return Err(Fault::Syntax);
        }
        if self.takes(".") {
            self.digits()?;
        }
        if self.takes("e") || self.takes("E") {
            let _ = self.takes("+") || self.takes("-");
            self.digits()?;
        }
        let number: f64 = self.text[begin..self.at].parse().map_err(|_| Fault::Syntax)?;
        self.is_on_the_edge |= number.abs() >= f64::MAX * (1.0 - 1e-14) && !is_far_beyond(&self.text[begin..self.at]);
        // Readers differ about what is beyond (RFC 8259, 6).
        if number.is_finite() { Ok(number) } else { Err(Fault::Syntax) }
    }

    fn digits(&mut self) -> Result<(), Fault> {
        let begin = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at > begin { Ok(()) } else { Err(Fault::Syntax) }
    }

    fn expects(&mut self, what: &str) -> Result<(), Fault> {
        if self.takes(what) { Ok(()) } else { Err(Fault::Syntax) }
    }

    fn takes(&mut self, what: &str) -> bool {
        let is_there = self.text[self.at..].starts_with(what);
        self.at += if is_there { what.len() } else { 0 };
        is_there
    }

    fn blank(&mut self) {
        while self.peek().is_some_and(|byte| b" \t\r\n".contains(&byte)) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}

/// Whether a tenth of it is infinite too.
fn is_far_beyond(number: &str) -> bool {
    let (digits, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let exponent = exponent.parse().unwrap_or(i64::MAX);
    format!("{digits}e{}", exponent.saturating_sub(1)).parse().is_ok_and(f64::is_infinite)
}
