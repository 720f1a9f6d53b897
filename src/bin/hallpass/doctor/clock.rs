//! Whether this machine's clock can be right at all.

use chrono::{DateTime, Datelike as _, Utc};
use hallpass::time::to_rfc3339;

use super::report::Report;
use crate::screen::OutputError;

/// Years that a clock shows when it was never set, or set by mistake: before this program was written, and long after.
const YEARS: std::ops::RangeInclusive<i32> = 2026..=2100;

pub(super) fn look(report: &mut Report, now: DateTime<Utc>) -> Result<(), OutputError> {
    let shown = format!("this machine's clock shows {}", to_rfc3339(now));
    match YEARS.contains(&now.year()) {
        true => report.ok("clock", &shown),
        false => report.error("clock", &shown, "set the clock, and keep it by NTP; restart the servers after that"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Failure;
    use crate::screen::Form;

    #[test]
    fn a_clock_in_another_age_is_an_error() {
        for (moment, is_right) in [
            ("2026-11-23T12:00:00Z", true),
            ("2100-12-31T00:00:00Z", true),
            ("1970-01-01T00:00:00Z", false),
            ("2101-01-01T00:00:00Z", false),
        ] {
            let mut report = Report::new(Form::Json);
            look(&mut report, moment.parse().unwrap()).unwrap();
            let found = report.finish();
            assert_eq!(found.is_ok(), is_right, "{moment}");
            assert!(is_right || matches!(found, Err(Failure::Errors { errors: 1, warnings: 0 })));
        }
    }
}
