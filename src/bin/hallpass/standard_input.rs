//! One token from standard input. Arguments can be read by everyone on the machine, so tokens are not
//! taken from there.

use std::io::{self, Read as _};

use hallpass::inspect::MAX_TOKEN_LEN;

/// The longest token, `\r\n`, and one byte more that shows that there is too much.
const MAX_INPUT: usize = MAX_TOKEN_LEN + 3;

#[derive(Debug, thiserror::Error)]
pub(crate) enum InputError {
    #[error("standard input can't be read")]
    Io(#[from] io::Error),
    #[error("malformed token: standard input is empty")]
    Empty,
    #[error("malformed token: longer than {MAX_TOKEN_LEN} bytes")]
    TooLong,
    #[error("malformed token: not UTF-8")]
    NotUtf8,
    #[error("malformed token: more than one line")]
    Lines,
}

/// The token on standard input, without the one line ending that may follow it. However much there is
/// to read, no more is read than the longest token.
pub(crate) fn token() -> Result<String, InputError> {
    let mut input = Vec::with_capacity(MAX_INPUT);
    io::stdin().lock().take(MAX_INPUT as u64).read_to_end(&mut input)?;
    let token = input.strip_suffix(b"\n").map_or(&*input, |line| line.strip_suffix(b"\r").unwrap_or(line));
    if token.len() > MAX_TOKEN_LEN {
        return Err(InputError::TooLong);
    }
    if token.is_empty() {
        return Err(InputError::Empty);
    }
    if token.iter().any(|byte| matches!(byte, b'\n' | b'\r')) {
        return Err(InputError::Lines);
    }
    std::str::from_utf8(token).map(str::to_owned).map_err(|_| InputError::NotUtf8)
}
