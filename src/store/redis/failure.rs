//! What errors of the client and of the engine mean, without anything private that stands in them.

use std::io;

use redis::{ErrorKind, RedisError, ServerError};

use crate::random::RandomError;
use crate::store::{HeaderError, StoreError, StoreErrorKind};

/// What a step gives.
pub(super) type Step<T> = Result<T, Failure>;

/// An error that says nothing private: the engine's words name users and quote what they were asked, so that no more
/// than their first word is kept.
pub(super) struct Failure(StoreError);

impl Failure {
    /// The public error.
    pub(super) fn told(self) -> StoreError {
        self.0
    }
}

/// An error with a reason in words.
pub(super) fn failed(kind: StoreErrorKind, why: impl Into<String>) -> Failure {
    Failure(StoreError::new(kind).because(why.into()))
}

/// The engine has answered something else than it was asked.
pub(super) fn odd_answer() -> Failure {
    failed(StoreErrorKind::Io, "an answer that makes no sense")
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        failed(StoreErrorKind::Io, error.to_string())
    }
}

impl From<HeaderError> for Failure {
    fn from(error: HeaderError) -> Self {
        Self(error.into())
    }
}

impl From<RandomError> for Failure {
    fn from(error: RandomError) -> Self {
        Self(StoreError::new(StoreErrorKind::Io).because(error))
    }
}

impl From<RedisError> for Failure {
    fn from(error: RedisError) -> Self {
        if error.kind() == ErrorKind::AuthenticationFailed {
            return said("WRONGPASS");
        }
        match error.code() {
            Some(code) => said(code),
            None if error.is_connection_dropped() => failed(StoreErrorKind::Io, "the connection was closed"),
            None => failed(StoreErrorKind::Io, error.category()),
        }
    }
}

impl From<ServerError> for Failure {
    fn from(error: ServerError) -> Self {
        said(error.code())
    }
}

/// What the engine has said, by the first word of it.
fn said(code: &str) -> Failure {
    let kind = if code == "READONLY" { StoreErrorKind::Unsafe } else { StoreErrorKind::Io };
    let meaning = match code {
        "READONLY" => "it is a replica",
        "WRONGPASS" | "NOAUTH" => "the user's name or password is not right",
        "NOPERM" => "this user may not do what is needed",
        "OOM" => "the engine is out of memory (maxmemory)",
        "NOREPLICAS" => "it has fewer replicas than min-replicas-to-write",
        "MISCONF" => "it can't write to its disk",
        "LOADING" => "it is loading its data",
        "BUSY" => "it is busy with somebody's script",
        "MASTERDOWN" => "it is a replica that has lost its primary",
        "MOVED" | "ASK" => "another node of a cluster holds the list",
        "CLUSTERDOWN" => "its cluster is down",
        "WRONGTYPE" => "something else than a denylist has one of its keys",
        _ => "the engine says no",
    };
    let is_word = !code.is_empty() && code.len() <= 20 && code.bytes().all(|byte| byte.is_ascii_uppercase());
    failed(kind, if is_word { format!("{meaning} ({code})") } else { meaning.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(code: &str) -> String {
        let error = said(code).told();
        std::error::Error::source(&error).unwrap().to_string()
    }

    #[test]
    fn what_the_engine_says_is_told_by_its_first_word() {
        for (code, meaning) in [
            ("READONLY", "a replica"),
            ("WRONGPASS", "password"),
            ("NOAUTH", "password"),
            ("NOPERM", "may not do"),
            ("OOM", "out of memory"),
            ("NOREPLICAS", "fewer replicas"),
            ("MISCONF", "its disk"),
            ("LOADING", "loading"),
            ("BUSY", "somebody's script"),
            ("MASTERDOWN", "lost its primary"),
            ("MOVED", "another node"),
            ("ASK", "another node"),
            ("CLUSTERDOWN", "cluster is down"),
            ("WRONGTYPE", "one of its keys"),
            ("ERR", "says no"),
        ] {
            let words = words(code);
            assert!(words.contains(meaning) && words.ends_with(&format!(" ({code})")), "{words}");
            let kind = if code == "READONLY" { StoreErrorKind::Unsafe } else { StoreErrorKind::Io };
            assert_eq!(said(code).told().kind(), kind, "{code}");
        }
    }

    #[test]
    fn a_first_word_that_is_none_of_the_engines_is_not_shown() {
        for code in ["", "canary", "CANARY1", &"A".repeat(21)] {
            assert_eq!(words(code), "the engine says no");
        }
        assert_eq!(words(&"A".repeat(20)), format!("the engine says no ({})", "A".repeat(20)));
    }

    #[test]
    fn what_the_client_says_is_told_by_its_kind() {
        let told = |error: RedisError| std::error::Error::source(&Failure::from(error).told()).unwrap().to_string();
        let closed = RedisError::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!(told(closed), "the connection was closed");
        assert!(told((ErrorKind::AuthenticationFailed, "canary").into()).contains("password is not right"));
        let other = told((ErrorKind::Parse, "canary").into());
        assert!(!other.contains("closed") && !other.contains("password") && !other.contains("canary"), "{other}");
    }
}
