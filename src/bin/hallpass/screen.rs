//! What the command writes: results on standard output, remarks on standard error. `println!` would
//! panic when nobody reads any more.

use std::io::{self, Write as _};

use serde::Serialize;
use zeroize::Zeroizing;

use crate::plain;

/// Standard output could not be written to.
#[derive(Debug, thiserror::Error)]
#[error("standard output can't be written to")]
pub(crate) struct OutputError(#[source] pub(crate) io::Error);

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// For people.
    Text,
    /// For programs: JSON objects, one a line.
    Json,
}

impl Form {
    pub(crate) fn new(json: bool) -> Self {
        if json { Self::Json } else { Self::Text }
    }

    /// What a result lacks, on standard error.
    pub(crate) fn warn(self, warning: &str) {
        self.remark(warning, &Remark { warning: Some(warning), error: None, outcome: None });
    }

    /// Why there is no result, on standard error; and of a token, what its verification came to.
    pub(crate) fn fail(self, error: &str, outcome: Option<&str>) {
        self.remark(error, &Remark { warning: None, error: Some(error), outcome });
    }

    fn remark(self, text: &str, remark: &Remark<'_>) {
        let line = match self {
            Self::Text => format!("hallpass: {}", one_line(text)),
            // It has strings alone, which can always be written.
            Self::Json => serde_json::to_string(remark).map(|json| plain::json(&json)).unwrap_or_default(),
        };
        // Nowhere is left to complain about this; the exit code stands.
        let _ = writeln!(io::stderr().lock(), "{line}");
    }
}

#[derive(Serialize)]
struct Remark<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    warning: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<&'a str>,
}

/// A result, on a line of its own.
pub(crate) fn result(line: &str) -> Result<(), OutputError> {
    // No copy is made of what may be a secret.
    let mut output = io::stdout().lock();
    writeln!(output, "{line}").and_then(|()| output.flush()).map_err(OutputError)
}

/// A result as a JSON object, plain enough for a terminal. What it holds may be a secret.
pub(crate) fn object(members: &impl Serialize) -> Result<(), OutputError> {
    let json = serde_json::to_string(members).map(Zeroizing::new).map_err(|error| OutputError(error.into()))?;
    result(&Zeroizing::new(plain::json(&json)))
}

/// Many results, each with its line feed.
pub(crate) fn lines(lines: &str) -> Result<(), OutputError> {
    let mut output = io::stdout().lock();
    output.write_all(lines.as_bytes()).and_then(|()| output.flush()).map_err(OutputError)
}

/// One line, whatever is in it. A file may have a line feed in its name.
pub(crate) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() { line.extend(character.escape_default()) } else { line.push(character) }
    }
    line
}
