//! One strict spelling for dates: RFC 3339, uppercase `T` and `Z`, no offset, no leap second.

use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat, Timelike, Utc};

/// Reads `2026-11-23T15:04:05Z`, with up to nine digits of fraction; `None` for anything else.
///
/// RFC 3339 also allows lowercase letters, a space, offsets and leap seconds. PASETO libraries differ
/// about each of them, and a date that two readers read differently is a way in: all are refused.
/// Years are 0000 to 9999.
#[must_use]
pub fn from_rfc3339(text: &str) -> Option<DateTime<Utc>> {
    let (whole, tail) = text.as_bytes().split_first_chunk::<19>()?;
    let [year @ .., b'-', m0, m1, b'-', d0, d1, b'T', h0, h1, b':', n0, n1, b':', s0, s1] = whole else { return None };
    let nanosecond = match tail {
        [b'Z'] => 0,
        [b'.', fraction @ .., b'Z'] => nanoseconds(fraction)?,
        _ => return None,
    };
    let date = NaiveDate::from_ymd_opt(number(year)?.try_into().ok()?, number(&[*m0, *m1])?, number(&[*d0, *d1])?)?;
    let [hour, minute, second] = [[*h0, *h1], [*n0, *n1], [*s0, *s1]].map(|digits| number(&digits));
    date.and_hms_nano_opt(hour?, minute?, second?, nanosecond).map(|moment| moment.and_utc())
}

/// Up to nine digits behind a point.
fn nanoseconds(fraction: &[u8]) -> Option<u32> {
    let missing = 9_usize.checked_sub(fraction.len()).filter(|_| !fraction.is_empty())?;
    number(fraction)?.checked_mul(10_u32.checked_pow(missing.try_into().ok()?)?)
}

/// A number of ASCII digits, and nothing else.
fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0_u32, |number, digit| {
        let digit = char::from(*digit).to_digit(10)?;
        number.checked_mul(10)?.checked_add(digit)
    })
}

/// Writes `2026-11-23T15:04:05.000000Z`: microseconds and `Z`, as the dates of tokens have it.
///
/// [`from_rfc3339`] reads it back if the year is one from 0 to 9999 and the moment no leap second.
#[must_use]
pub fn to_rfc3339(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// Whether [`to_rfc3339`] writes this moment in the form that [`from_rfc3339`] reads.
pub(crate) fn is_writable(moment: DateTime<Utc>) -> bool {
    // chrono counts a leap second as a second that is too long.
    (0..=9999).contains(&moment.year()) && moment.nanosecond() < 1_000_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strict_form_is_read() {
        for text in [
            "2026-11-23T15:04:05Z",
            "2026-11-23T15:04:05.1Z",
            "2026-11-23T15:04:05.123456789Z",
            "0000-01-01T00:00:00Z",
            "9999-12-31T23:59:59.999999Z",
            "1969-12-31T23:59:59Z",
            "2024-02-29T00:00:00Z",
        ] {
            assert!(from_rfc3339(text).is_some(), "{text}");
        }
    }

    #[test]
    fn every_other_form_is_refused() {
        for text in [
            "",
            "Z",
            "2026-11-23t15:04:05Z",
            "2026-11-23T15:04:05z",
            "2026-11-23 15:04:05Z",
            "2026-11-23T15:04:05+00:00",
            "2026-11-23T15:04:05-00:00",
            "2026-11-23T15:04:05",
            "2026-11-23T15:04Z",
            "2026-11-23",
            "2016-12-31T23:59:60Z",
            "2026-11-23T15:04:60.5Z",
            "2026-11-23T24:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-02-29T00:00:00Z",
            "2026-11-31T00:00:00Z",
            "10000-01-01T00:00:00Z",
            "+2026-11-23T15:04:05Z",
            "-026-11-23T15:04:05Z",
            "2026-11-23T15:04:05.Z",
            "2026-11-23T15:04:05.1234567890Z",
            "2026-11-23T15:04:05,5Z",
            " 2026-11-23T15:04:05Z",
            "2026-11-23T15:04:05Z ",
            "2026-11-23T15:04:05ZZ",
            "2026-11-23T15:04:05.5\u{660}Z",
            "２026-11-23T15:04:05Z",
            "2026-11-23T15:04:05.+5Z",
        ] {
            assert!(from_rfc3339(text).is_none(), "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let moment = DateTime::from_timestamp_micros(1_795_446_245_000_001).unwrap();
        assert_eq!(from_rfc3339(&to_rfc3339(moment)), Some(moment));
        assert!(to_rfc3339(moment).ends_with(".000001Z"));
    }
}
