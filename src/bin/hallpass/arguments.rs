//! Durations, moments and the names of files on the command line.

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use clap::builder::{PathBufValueParser, TypedValueParser};
use hallpass::key::KeySet;
use hallpass::time::{TimeLimits, from_rfc3339};

use crate::failure::Failure;
use crate::list_file::Place;

/// An argument that is not what it must be. The text itself is not quoted: it may have been meant for
/// another place, and be a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ArgumentError {
    #[error("not a duration such as 90s, 15m or 1h30m")]
    Duration,
    #[error("outside 1 second to 30 days")]
    Lifetime,
    #[error("outside 0 to 60 seconds")]
    Leeway,
    #[error("not a moment in the strict form of RFC 3339, such as 2026-11-23T15:04:05Z")]
    Moment,
    #[error(
        "no engine that is known here: a file, or a URL that begins with postgres://, redis:// or rediss:// where that \
         was built in"
    )]
    Engine,
    #[error("takes the name of a file, not a key or a token")]
    NotAFileName,
}

/// A lifetime that a token may have.
pub(crate) fn lifetime(text: &str) -> Result<TimeDelta, ArgumentError> {
    let lifetime = duration(text)?;
    TimeLimits::new(lifetime, TimeDelta::zero()).map(|_| lifetime).map_err(|_| ArgumentError::Lifetime)
}

/// A leeway between clocks.
pub(crate) fn leeway(text: &str) -> Result<TimeDelta, ArgumentError> {
    let leeway = duration(text)?;
    let longest = TimeLimits::default().longest_lifetime();
    TimeLimits::new(longest, leeway).map(|_| leeway).map_err(|_| ArgumentError::Leeway)
}

pub(crate) fn duration(text: &str) -> Result<TimeDelta, ArgumentError> {
    let duration = humantime::parse_duration(text).map_err(|_| ArgumentError::Duration)?;
    TimeDelta::from_std(duration).map_err(|_| ArgumentError::Duration)
}

/// A moment, in the one spelling that the dates of tokens have too.
pub(crate) fn moment(text: &str) -> Result<DateTime<Utc>, ArgumentError> {
    from_rfc3339(text).ok_or(ArgumentError::Moment)
}

/// The keys in a file.
pub(crate) fn keys(path: &Path) -> Result<KeySet, Failure> {
    if is_secret(path) {
        return Err(Failure::NotAFileName);
    }
    Ok(KeySet::load(path)?)
}

/// The variable that stands for `--denylist`: everybody on the machine can read arguments, and a URL may hold a password.
/// Which is why what stands in it is never shown either.
pub(crate) const DENYLIST: &str = "HALLPASS_DENYLIST";

/// How the URLs of the engines begin that were built in.
#[cfg(any(feature = "postgres", feature = "redis"))]
const ENGINES: &[&str] = &[
    #[cfg(feature = "postgres")]
    "postgres://",
    #[cfg(feature = "postgres")]
    "postgresql://",
    #[cfg(feature = "redis")]
    "redis://",
    #[cfg(feature = "redis")]
    "rediss://",
];

/// The name of a denylist's file, or the URL of an engine.
pub(crate) fn denylist() -> impl TypedValueParser<Value = Place> {
    PathBufValueParser::new().try_map(|path| match path.to_str().filter(|name| name.contains("://")) {
        #[cfg(any(feature = "postgres", feature = "redis"))]
        Some(url) if ENGINES.iter().any(|scheme| url.starts_with(scheme)) => Ok(Place::Engine(url.to_owned())),
        // Not repeated: it may hold a password.
        Some(_) => Err(ArgumentError::Engine),
        None if is_secret(&path) => Err(ArgumentError::NotAFileName),
        None => Ok(Place::File(path)),
    })
}

/// Whether this is a key or a token that was typed where the name of a file belongs. The system's complaint
/// would quote the name, and here the name would be the secret.
fn is_secret(path: &Path) -> bool {
    let name = path.to_string_lossy();
    (name.starts_with("k4.") || name.starts_with("v4.")) && !path.exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_keep_to_the_limits_of_the_library() {
        assert_eq!(lifetime("30d"), Ok(hallpass::time::MAX_LONGEST_LIFETIME));
        assert_eq!(lifetime("1h 30m"), Ok(TimeDelta::minutes(90)));
        assert_eq!(lifetime("30d1ns"), Err(ArgumentError::Lifetime));
        assert_eq!(lifetime("999ms"), Err(ArgumentError::Lifetime));
        assert_eq!(leeway("0s"), Ok(TimeDelta::zero()));
        assert_eq!(leeway("60s"), Ok(hallpass::time::MAX_LEEWAY));
        assert_eq!(leeway("61s"), Err(ArgumentError::Leeway));
        for text in ["", "15", "-5s", "15 parsecs", "18446744073709551615y", "1e3s"] {
            assert_eq!(lifetime(text), Err(ArgumentError::Duration), "{text}");
        }
    }
}
