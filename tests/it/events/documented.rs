//! `docs/EVENTS.md` lists what is written and what is counted, and nothing else.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

#[cfg(feature = "testing")]
use super::listener::heard;
#[cfg(any(feature = "testing", feature = "metrics"))]
use super::scenes::play_everything;

/// The rows of the table in a section of the document, without its head.
pub(super) fn rows(section: &str) -> Vec<Vec<String>> {
    let document = include_str!("../../../docs/EVENTS.md");
    let (_, text) = document.split_once(&format!("\n## {section}\n")).unwrap();
    let text = text.split("\n## ").next().unwrap();
    let rows = text.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()).collect()
}

/// What stands in backticks.
pub(super) fn quoted(cell: &str) -> BTreeSet<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

pub(super) fn only(cell: &str) -> String {
    let quoted = quoted(cell);
    assert_eq!(quoted.len(), 1, "{cell}");
    quoted.into_iter().next().unwrap()
}

/// Texts in the source of the events that follow `before`, up to the next quotation mark.
fn in_source(before: &str, prefix: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/events");
    let files = fs::read_dir(folder).unwrap().map(|file| fs::read_to_string(file.unwrap().path()).unwrap());
    let texts = files.flat_map(|text| {
        let found = text.split(before).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned());
        found.filter(|name| name.starts_with(prefix)).collect::<Vec<_>>()
    });
    texts.collect()
}

#[test]
fn the_source_and_the_document_name_the_same() {
    let events: BTreeSet<String> = rows("Events").iter().map(|row| only(&row[0])).collect();
    let before = ["event = \"", "about!(self, info, \"", "about!(self, warn, \"", "about!(self, error, \""];
    let written: BTreeSet<String> = before.iter().flat_map(|before| in_source(before, "")).collect();
    assert_eq!(events, written);
    assert_eq!(events.len(), 26);
    let compared: BTreeSet<String> = rows("OWASP's vocabulary").iter().flat_map(|row| quoted(&row[0])).collect();
    assert_eq!(compared, events);
    let counters: BTreeSet<String> = rows("Counters").iter().map(|row| only(&row[0])).collect();
    assert_eq!(counters, in_source("\"", "hallpass_"));
    assert_eq!(counters.len(), 6);
}

/// Whoever is to be woken is told by what.
#[test]
fn every_error_is_among_what_to_alert_on() {
    let alerts: BTreeSet<String> = rows("What to alert on").iter().flat_map(|row| quoted(&row[0])).collect();
    let errors: BTreeSet<String> =
        rows("Events").iter().filter(|row| row[1] == "ERROR").map(|row| only(&row[0])).collect();
    assert!(errors.len() > 10, "{errors:?}");
    assert_eq!(errors.difference(&alerts).collect::<Vec<_>>(), [] as [&String; 0]);
}

/// With its label and all of the label's values: `name`, or one `name{label=value}` for each.
#[cfg(all(feature = "metrics", feature = "testing"))]
pub(super) fn gauges() -> BTreeSet<String> {
    let gauge = |row: &Vec<String>| {
        let name = only(&row[0]);
        match row[1].split_once(':') {
            None => vec![name],
            Some((label, values)) => {
                quoted(values).iter().map(|value| format!("{name}{{{}={value}}}", only(label))).collect()
            }
        }
    };
    rows("Gauges").iter().flat_map(gauge).collect()
}

/// With the feature, as a store that fails is part of it. Each with its level and its fields, some of which, in parentheses, are not always there.
#[cfg(feature = "testing")]
#[test]
fn what_is_written_is_what_the_document_says() {
    let ((), events) = heard(play_everything);
    let mut rows = rows("Events");
    // The web's own are not written without it.
    let of_the_web =
        |name: &str| ["session_layer", "session_cookie", "session_request"].iter().any(|own| name.starts_with(own));
    rows.retain(|row| cfg!(feature = "tower") || !of_the_web(&only(&row[0])));
    // Nothing is made without a store.
    rows.retain(|row| cfg!(feature = "redb") || only(&row[0]) != "denylist_created");
    let mut seen = vec![BTreeSet::new(); rows.len()];
    for event in events {
        let fields: BTreeSet<String> = event.fields.into_keys().collect();
        let place = rows.iter().position(|row| {
            let (always, all) = (quoted(row[2].split('(').next().unwrap()), quoted(&row[2]));
            only(&row[0]) == event.name
                && row[1] == event.level.to_string()
                && always.is_subset(&fields)
                && fields.is_subset(&all)
        });
        let place = place.unwrap_or_else(|| panic!("{} at {} with {fields:?}", event.name, event.level));
        seen[place].extend(fields);
    }
    for (row, seen) in rows.iter().zip(seen) {
        assert_eq!(seen, quoted(&row[2]), "{row:?}");
    }
}

/// Each with its label and all of the label's values.
#[cfg(feature = "metrics")]
#[test]
fn what_is_counted_is_what_the_document_says() {
    let documented: BTreeSet<String> = rows("Counters")
        .iter()
        .flat_map(|row| {
            let (name, label) = (only(&row[0]), only(&row[1]));
            quoted(&row[2]).into_iter().map(move |value| format!("{name}{{{label}={value}}}"))
        })
        .collect();
    let counted: BTreeSet<String> = super::counters::counted(play_everything).into_keys().collect();
    assert_eq!(counted, documented);
}
