//! Places in the stream.

use std::fmt;
use std::str::FromStr;

use crate::store::{Cursor, StoreError, StoreErrorKind};

/// An entry's place in the stream. The engine gives each a later one than the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Position {
    millis: u64,
    count: u64,
}

impl FromStr for Position {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        let read = || {
            let (millis, count) = text.split_once('-')?;
            let position = Self { millis: millis.parse().ok()?, count: count.parse().ok()? };
            // One spelling.
            (position.to_string() == text).then_some(position)
        };
        read().ok_or_else(|| StoreError::new(StoreErrorKind::Foreign).because("not a place in a stream"))
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.millis, self.count)
    }
}

impl TryFrom<&Cursor> for Position {
    type Error = StoreError;

    fn try_from(cursor: &Cursor) -> Result<Self, StoreError> {
        match cursor.as_bytes() {
            [] => Ok(Self::default()),
            // What is not text is no place either.
            bytes => std::str::from_utf8(bytes).unwrap_or_default().parse(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_places_of_a_stream_are_cursors() {
        let read = |text: &str| Position::try_from(&Cursor::from_bytes(text.as_bytes()));
        for text in ["0-0", "1-2", "18446744073709551615-18446744073709551615"] {
            assert_eq!(read(text).unwrap().to_string(), text);
        }
        assert_eq!(read("").unwrap(), Position::default());
        for text in ["x", "1", "-", "1-", "-1", "01-1", "+1-1", "1-1-1", "1:2:;;0;0", "18446744073709551616-0"] {
            assert_eq!(read(text).unwrap_err().kind(), StoreErrorKind::Foreign, "{text}");
        }
        assert!(Position::try_from(&Cursor::from_bytes(&[255, 1])).is_err());
        assert!(read("9-0").unwrap() < read("10-0").unwrap());
    }
}
