//! What errors of the client and of the engine mean, without anything private that stands in them.

use std::error::Error as _;

use tokio_postgres::Config;
use tokio_postgres::error::{DbError, SqlState};

use crate::random::RandomError;
use crate::store::{HeaderError, StoreError, StoreErrorKind};

/// What a step gives.
pub(super) type Step<T> = Result<T, Failure>;

/// An error that may still hold what nobody may see.
pub(super) enum Failure {
    Client(tokio_postgres::Error),
    Ours(StoreError),
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Client(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Ours(error)
    }
}

impl From<HeaderError> for Failure {
    fn from(error: HeaderError) -> Self {
        Self::Ours(error.into())
    }
}

impl From<RandomError> for Failure {
    fn from(error: RandomError) -> Self {
        Self::Ours(StoreError::new(StoreErrorKind::Io).because(error))
    }
}

/// An error of ours with a reason in words.
pub(super) fn failed(kind: StoreErrorKind, why: impl Into<String>) -> Failure {
    Failure::Ours(StoreError::new(kind).because(why.into()))
}

impl Failure {
    /// Whether the engine says no for want of a right.
    pub(super) fn is_forbidden(&self) -> bool {
        matches!(self, Self::Client(error) if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE))
    }

    /// The public error.
    pub(super) fn told(self, config: &Config) -> StoreError {
        let error = match self {
            Self::Ours(error) => return error,
            Self::Client(error) => error,
        };
        match error.as_db_error() {
            Some(said) => of_engine(said, config),
            None => StoreError::new(StoreErrorKind::Io).because(of_client(&error, config)),
        }
    }
}

/// What the client says leaves its causes out: a refused connection, a certificate of somebody else's.
fn of_client(error: &tokio_postgres::Error, config: &Config) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let said = next.to_string();
        if !text.contains(&said) && !names_somebody(&said, config) {
            text.push_str(": ");
            text.push_str(&said);
        }
        cause = next.source();
    }
    text
}

pub(super) fn missing() -> StoreError {
    let what = "its tables are not there: PostgresStore::open makes them, or an administrator by POSTGRES_SCHEMA";
    StoreError::new(StoreErrorKind::Missing).because(what)
}

/// The engine's messages name users, and hold values in the details: never those, and no message with a name in it.
fn of_engine(said: &DbError, config: &Config) -> StoreError {
    if *said.code() == SqlState::UNDEFINED_TABLE {
        return missing();
    }
    let kind = match said.code() {
        code if *code == SqlState::READ_ONLY_SQL_TRANSACTION => StoreErrorKind::Unsafe,
        _ => StoreErrorKind::Io,
    };
    let code = said.code().code();
    // 28 is about who asks, 3D about the database, which may have the user's name.
    let private = code.starts_with("28") || code.starts_with("3D") || names_somebody(said.message(), config);
    let why = match private {
        true => format!("SQLSTATE {code}{}", meaning(said.code())),
        false => format!("{} (SQLSTATE {code})", said.message()),
    };
    StoreError::new(kind).because(why)
}

fn meaning(code: &SqlState) -> &'static str {
    match code {
        code if *code == SqlState::INVALID_PASSWORD => ": the user's name or password is not right",
        code if *code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION => ": this user may not connect from here",
        code if *code == SqlState::INVALID_CATALOG_NAME => ": there is no such database",
        _ => "",
    }
}

fn names_somebody(message: &str, config: &Config) -> bool {
    let password = config.get_password().and_then(|password| std::str::from_utf8(password).ok());
    // The engine cuts names off after 63 bytes.
    let cut = |name: &str| (0..=63).rev().find_map(|end| name.get(..end).map(str::to_owned)).unwrap_or_default();
    [config.get_user(), password].into_iter().flatten().any(|name| !name.is_empty() && message.contains(&cut(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_the_user_or_holds_the_password_is_private() {
        let mut config = Config::new();
        config.user(format!("{}end", "ö".repeat(31))).password("secret");
        for private in [format!("for \"{}e\"", "ö".repeat(31)), "it is secret".to_owned()] {
            assert!(names_somebody(&private, &config), "{private}");
        }
        assert!(!names_somebody("for \"ööö\"", &config));
        for (user, password) in [("", ""), ("other", "")] {
            config.user(user).password(password);
            assert!(!names_somebody("for \"somebody\"", &config));
        }
    }

    #[test]
    fn what_is_said_to_nobody_else_has_a_meaning_of_its_own() {
        for (code, said) in [
            (SqlState::INVALID_PASSWORD, "password is not right"),
            (SqlState::INVALID_AUTHORIZATION_SPECIFICATION, "may not connect"),
            (SqlState::INVALID_CATALOG_NAME, "no such database"),
        ] {
            assert!(meaning(&code).contains(said), "{said}");
        }
        assert_eq!(meaning(&SqlState::UNDEFINED_TABLE), "");
    }

    #[test]
    fn what_the_client_says_is_told_with_its_causes_unless_they_name_somebody() {
        let error = "canary=1".parse::<Config>().unwrap_err();
        let mut config = Config::new();
        let text = of_client(&error, &config);
        assert!(text.starts_with(&error.to_string()) && text.contains("canary"), "{text}");
        assert!(!of_client(&error, config.user("canary")).contains("canary"));
    }
}
