//! Durations and moments on the command line.

use std::path::Path;

use chrono::{DateTime, SecondsFormat, TimeDelta, Timelike as _, Utc};
use hallpass::key::KeySet;
use hallpass::time::TimeLimits;

use crate::failure::Failure;

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

fn duration(text: &str) -> Result<TimeDelta, ArgumentError> {
    let duration = humantime::parse_duration(text).map_err(|_| ArgumentError::Duration)?;
    TimeDelta::from_std(duration).map_err(|_| ArgumentError::Duration)
}

/// A moment, in the one spelling that the dates of tokens have too.
pub(crate) fn moment(text: &str) -> Result<DateTime<Utc>, ArgumentError> {
    let moment = DateTime::parse_from_rfc3339(text).map_err(|_| ArgumentError::Moment)?.to_utc();
    let written = moment.to_rfc3339_opts(SecondsFormat::Secs, true);
    let strict = written.strip_suffix('Z').is_some_and(|head| text.starts_with(head))
        && text.ends_with('Z')
        // Nine digits of fraction: chrono drops the rest.
        && text.len() <= "2026-11-23T15:04:05.123456789Z".len()
        // chrono counts a leap second as a second that is too long.
        && moment.nanosecond() < 1_000_000_000;
    if strict { Ok(moment) } else { Err(ArgumentError::Moment) }
}

/// The keys in a file.
pub(crate) fn keys(path: &Path) -> Result<KeySet, Failure> {
    // The system's complaint would quote the name, and here the name would be the secret.
    let name = path.to_string_lossy();
    if (name.starts_with("k4.") || name.starts_with("v4.")) && !path.exists() {
        return Err(Failure::NotAFileName);
    }
    Ok(KeySet::load(path)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_one_spelling() {
        for text in
            ["2026-11-23T15:04:05Z", "2026-11-23T15:04:05.1Z", "2026-11-23T15:04:05.123456789Z", "0000-01-01T00:00:00Z"]
        {
            assert!(moment(text).is_ok(), "{text}");
        }
        for text in [
            "",
            "now",
            "1795446245",
            "2026-11-23",
            "2026-11-23t15:04:05Z",
            "2026-11-23T15:04:05z",
            "2026-11-23 15:04:05Z",
            "2026-11-23T15:04:05",
            "2026-11-23T15:04:05+00:00",
            "2026-11-23T16:04:05+01:00",
            "2026-11-23T15:04:05.Z",
            "2026-11-23T15:04:05.1234567890Z",
            "2016-12-31T23:59:60Z",
            "2026-02-29T00:00:00Z",
            "10000-01-01T00:00:00Z",
            "+2026-11-23T15:04:05Z",
            " 2026-11-23T15:04:05Z",
            "2026-11-23T15:04:05Z ",
        ] {
            assert_eq!(moment(text), Err(ArgumentError::Moment), "{text}");
        }
    }

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
