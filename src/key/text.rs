//! A key set as text, one key a line:
//!
//! ```text
//! hallpass-keys 1
//! # lines that begin with # are comments
//! current k4.secret.…
//! next k4.secret.…
//! verify-only 2026-12-01T00:00:00Z k4.public.…
//! retired k4.pid.…
//! ```

use zeroize::Zeroizing;

use super::set::Key;
use super::{KeyError, KeyId, KeySet, KeySetError, KeyState, LocalKey, PublicKey, SecretKey};
use crate::time::{from_rfc3339, to_rfc3339};

const NAME: &str = "hallpass-keys";
const VERSION: &str = "1";

/// A text that is not a key set. It says where and why, and never quotes the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeySetTextError {
    /// The first line is not `hallpass-keys 1`.
    #[error("the first line is not {NAME} {VERSION}")]
    Header,
    /// The first line names another version of the format.
    #[error("of another version than {VERSION}")]
    Version,
    /// A line is not a state and what belongs to it.
    #[error("line {line}: not `current KEY`, `next KEY`, `verify-only DATE KEY` or `retired ID`")]
    Line {
        /// Counted from 1.
        line: usize,
    },
    /// A line's key can't be imported.
    #[error("line {line}: the key can't be imported")]
    Key {
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        source: KeyError,
    },
    /// A line breaks a rule of the set.
    #[error("line {line}: breaks the rules of a set")]
    Set {
        /// Counted from 1.
        line: usize,
        /// Which rule it breaks.
        source: KeySetError,
    },
}

impl KeySet {
    /// Reads the text of a key set, or a single PASERK, which is then the current key.
    ///
    /// # Errors
    /// [`KeySetTextError`] says which line is wrong and why.
    pub fn from_text(text: &str) -> Result<Self, KeySetTextError> {
        let single = text.strip_suffix('\n').map_or(text, |line| line.strip_suffix('\r').unwrap_or(line));
        if single.starts_with("k4.") {
            let key = key(single).map_err(|source| KeySetTextError::Key { line: 1, source })?;
            return Self::default().with_current(key).map_err(|source| KeySetTextError::Set { line: 1, source });
        }
        let mut lines = text.lines().enumerate().map(|(index, line)| (index.saturating_add(1), line));
        match lines.next().and_then(|(_, header)| header.split_once(' ')) {
            Some((NAME, VERSION)) => {}
            Some((NAME, _)) => return Err(KeySetTextError::Version),
            _ => return Err(KeySetTextError::Header),
        }
        lines
            .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
            .try_fold(Self::default(), |set, (line, text)| set.with_line(line, text))
    }

    /// The text of the key set, in memory that is wiped when dropped.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        // A line is at most 150 characters. All of the room at once: growing would leave copies behind.
        let mut text = Zeroizing::new(String::with_capacity(self.keys().count().saturating_add(1).saturating_mul(160)));
        text.push_str(NAME);
        text.push(' ');
        text.push_str(VERSION);
        text.push('\n');
        for (id, key, state) in self.keys() {
            match state {
                KeyState::Current => text.push_str("current "),
                KeyState::Next => text.push_str("next "),
                KeyState::VerifyOnly { until } => {
                    text.push_str("verify-only ");
                    text.push_str(&to_rfc3339(until));
                    text.push(' ');
                }
                KeyState::Retired => text.push_str("retired "),
            }
            match key {
                Some(Key::Secret(key)) => text.push_str(&key.to_paserk()),
                Some(Key::Public(key)) => text.push_str(&key.to_paserk()),
                Some(Key::Local(key)) => text.push_str(&key.to_paserk()),
                None => text.push_str(&id.to_string()),
            }
            text.push('\n');
        }
        text
    }

    fn with_line(&self, line: usize, text: &str) -> Result<Self, KeySetTextError> {
        let malformed = || KeySetTextError::Line { line };
        let read = |text| key(text).map_err(|source| KeySetTextError::Key { line, source });
        let (state, rest) = text.split_once(' ').ok_or_else(malformed)?;
        let set = match state {
            "current" => self.with_current(read(rest)?),
            "next" => self.with_next(read(rest)?),
            "verify-only" => {
                let (until, paserk) = rest.split_once(' ').ok_or_else(malformed)?;
                let until = from_rfc3339(until).ok_or_else(malformed)?;
                self.with_verify_only(read(paserk)?, until)
            }
            "retired" => {
                let id = rest.parse().ok().filter(KeyId::is_for_tokens).ok_or_else(malformed)?;
                self.with_retired_id(id)
            }
            _ => return Err(malformed()),
        };
        set.map_err(|source| KeySetTextError::Set { line, source })
    }
}

/// A PASERK of whichever kind it says it is.
fn key(paserk: &str) -> Result<Key, KeyError> {
    if paserk.starts_with("k4.secret.") {
        SecretKey::from_paserk(paserk).map(Key::Secret)
    } else if paserk.starts_with("k4.local.") {
        LocalKey::from_paserk(paserk).map(Key::Local)
    } else {
        PublicKey::from_paserk(paserk).map(Key::Public)
    }
}
