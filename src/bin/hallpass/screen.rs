//! What the command writes: results on standard output, remarks on standard error. `println!` would
//! panic when nobody reads any more.

use std::io::{self, Write as _};

/// Standard output could not be written to.
#[derive(Debug, thiserror::Error)]
#[error("standard output: {0}")]
pub(crate) struct OutputError(pub(crate) io::Error);

/// A result, on a line of its own.
pub(crate) fn result(line: &str) -> Result<(), OutputError> {
    // No copy is made of what may be a secret.
    let mut output = io::stdout().lock();
    writeln!(output, "{line}").and_then(|()| output.flush()).map_err(OutputError)
}

/// Many results, each with its line feed.
pub(crate) fn lines(lines: &str) -> Result<(), OutputError> {
    let mut output = io::stdout().lock();
    output.write_all(lines.as_bytes()).and_then(|()| output.flush()).map_err(OutputError)
}

/// A remark on standard error: one line, whatever is in it. A file may have a line feed in its name.
pub(crate) fn remark(text: &str) {
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() { line.extend(character.escape_default()) } else { line.push(character) }
    }
    // Nowhere is left to complain about this; the exit code stands.
    let _ = writeln!(io::stderr().lock(), "hallpass: {line}");
}
