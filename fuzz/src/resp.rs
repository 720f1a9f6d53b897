//! Reads what a Redis server may answer: a value of RESP 2 or 3 (`redis.io/docs/latest/develop/reference/protocol-spec`),
//! as the client that hallpass uses takes it, and written apart from it.

use std::borrow::Cow;

/// Values may stand in each other so deep.
const DEEPEST: usize = 100;

/// A value, as far as it matters to whoever expects lists of texts and numbers.
pub(super) enum Value<'a> {
    Text(Cow<'a, [u8]>),
    List(Vec<Value<'a>>),
    /// The first word of an error.
    Error(String),
    Number(i64),
    Nil,
    /// Maps, sets, other numbers, and `OK`.
    Other,
}

/// The value that these bytes begin with, whatever comes behind it.
pub(super) fn read(bytes: &[u8]) -> Option<Value<'_>> {
    Wire(bytes).value(1)
}

/// What is left of an answer.
struct Wire<'a>(&'a [u8]);

impl<'a> Wire<'a> {
    fn value(&mut self, depth: usize) -> Option<Value<'a>> {
        let (sign, rest) = self.0.split_first().filter(|_| depth <= DEEPEST)?;
        self.0 = rest;
        Some(match sign {
            b'+' => match self.line()? {
                "OK" => Value::Other,
                line => Value::Text(line.as_bytes().into()),
            },
            b'-' => error(self.line()?),
            b'$' => match self.number()? {
                ..0 => Value::Nil,
                len => Value::Text(self.bytes(len)?.into()),
            },
            b'!' => error(&self.lossy()?),
            // A format stands before the text.
            b'=' => Value::Text(Cow::Owned(self.lossy()?.split_once(':')?.1.into())),
            b'*' => match self.number()? {
                ..0 => Value::Nil,
                len => Value::List(self.values(len, depth)?),
            },
            b'~' => match self.number()? {
                ..0 => Value::Nil,
                len => self.others(len, depth)?,
            },
            b'%' => {
                let len = self.number().filter(|len| *len >= 0)?;
                self.others(len.checked_mul(2)?, depth)?
            }
            // What is said about a value stands before it.
            b'|' => {
                let len = self.number().filter(|len| *len >= 0)?;
                self.others(len.checked_mul(2)?.checked_add(1)?, depth)?
            }
            b'>' => match self.number()? {
                ..=0 => Value::Other,
                len => {
                    // What it is about: a text, and none that has a format.
                    let is_plain = self.0.starts_with(b"$") || self.0.starts_with(b"+");
                    let values = self.values(len, depth)?;
                    let Some(Value::Text(kind)) = values.first().filter(|_| is_plain) else { return None };
                    std::str::from_utf8(kind).ok().map(|_| Value::Other)?
                }
            },
            b':' => self.number().map(Value::Number)?,
            b',' => self.line()?.trim().parse::<f64>().ok().map(|_| Value::Other)?,
            b'#' => matches!(self.line()?, "t" | "f").then_some(Value::Other)?,
            b'_' => self.line().map(|_| Value::Nil)?,
            b'(' => self.line().map(|_| Value::Other)?,
            _ => return None,
        })
    }

    fn values(&mut self, len: i64, depth: usize) -> Option<Vec<Value<'a>>> {
        (0..len).map(|_| self.value(depth + 1)).collect()
    }

    fn others(&mut self, len: i64, depth: usize) -> Option<Value<'a>> {
        self.values(len, depth).map(|_| Value::Other)
    }

    fn line(&mut self) -> Option<&'a str> {
        let end = self.0.windows(2).position(|two| two == b"\r\n")?;
        let (line, rest) = self.0.split_at(end);
        self.0 = &rest[2..];
        std::str::from_utf8(line).ok()
    }

    fn number(&mut self) -> Option<i64> {
        self.line()?.trim().parse().ok()
    }

    fn bytes(&mut self, len: i64) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(usize::try_from(len).ok()?)?;
        self.0 = rest.strip_prefix(b"\r\n")?;
        Some(bytes)
    }

    fn lossy(&mut self) -> Option<Cow<'a, str>> {
        let len = self.number()?;
        Some(String::from_utf8_lossy(self.bytes(len)?))
    }
}

fn error<'a>(line: &str) -> Value<'a> {
    Value::Error(line.split(' ').next().unwrap_or_default().to_owned())
}
