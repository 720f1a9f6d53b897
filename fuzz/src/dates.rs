//! Any text as a date, and any moment as a text, beside another library for dates and beside arithmetic.

use chrono::{DateTime, Datelike, SubsecRound, Utc};
use hallpass::time::{from_rfc3339, to_rfc3339};
use jiff::civil;

use super::judge;

/// A `0` and a text, or a `1` and a moment: seconds since 1970 (8 bytes, the most significant first) and nanoseconds (4).
pub fn dates(data: &[u8]) -> bool {
    match data {
        [b'0', text @ ..] => std::str::from_utf8(text).is_ok_and(is_date),
        [b'1', moment @ ..] => moment_of(moment).is_some_and(is_read_back),
        _ => false,
    }
}

/// Read exactly if it has the strict form and arithmetic finds the day, and then it is the moment that `jiff` reads.
fn is_date(text: &str) -> bool {
    let read = from_rfc3339(text).map(nanos);
    assert_eq!(read, judge::nanos(text), "{text}");
    // It takes other forms as well.
    if has_strict_form(text) {
        let civil: Option<civil::DateTime> = text.trim_end_matches('Z').parse().ok();
        // To it the second 60 is the one before.
        let civil = civil.filter(|_| &text[17..19] != "60");
        assert_eq!(read, civil.map(since_1970), "{text}");
    } else {
        assert_eq!(read, None, "{text}");
    }
    read.is_some()
}

fn has_strict_form(text: &str) -> bool {
    let form: String = text.chars().map(|char| if char.is_ascii_digit() { 'd' } else { char }).collect();
    let Some(tail) = form.strip_prefix("dddd-dd-ddTdd:dd:dd").and_then(|tail| tail.strip_suffix('Z')) else {
        return false;
    };
    tail.is_empty() || (2..=10).contains(&tail.len()) && tail.starts_with('.') && tail[1..].bytes().all(|b| b == b'd')
}

/// Written as `jiff` writes it, and read back to the microsecond; out of the years 0 to 9999, and for a leap second, it is
/// not read back as anything else.
fn is_read_back(moment: DateTime<Utc>) -> bool {
    let written = to_rfc3339(moment);
    let is_leap_second = moment.timestamp_subsec_nanos() >= 1_000_000_000;
    if is_leap_second || !(0..=9999).contains(&moment.year()) {
        assert_eq!(from_rfc3339(&written), None, "{written}");
        return false;
    }
    let micros = moment.trunc_subsecs(6);
    let civil = civil::DateTime::new(1970, 1, 1, 0, 0, 0, 0).expect("a date");
    let civil =
        civil.checked_add(jiff::SignedDuration::from_micros(micros.timestamp_micros())).expect("a year of four digits");
    assert_eq!(written, format!("{civil:.6}Z"));
    assert_eq!(from_rfc3339(&written), Some(micros), "{written}");
    true
}

fn moment_of(bytes: &[u8]) -> Option<DateTime<Utc>> {
    let (seconds, nanos) = bytes.split_first_chunk()?;
    DateTime::from_timestamp(i64::from_be_bytes(*seconds), u32::from_be_bytes(nanos.try_into().ok()?))
}

fn nanos(moment: DateTime<Utc>) -> i128 {
    i128::from(moment.timestamp()) * 1_000_000_000 + i128::from(moment.timestamp_subsec_nanos())
}

fn since_1970(civil: civil::DateTime) -> i128 {
    civil.duration_since(civil::DateTime::new(1970, 1, 1, 0, 0, 0, 0).expect("a date")).as_nanos()
}
