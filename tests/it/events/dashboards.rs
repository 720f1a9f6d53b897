//! The dashboard and the alerting rules ask for counters and gauges that there are, by labels and values that they have.

use std::collections::{BTreeMap, BTreeSet};

use super::documented::{only, quoted, rows};

const DASHBOARD: &str = include_str!("../../../docs/grafana/hallpass.json");
const RULES: &str = include_str!("../../../docs/grafana/alerts.yml");

/// Every expression of the dashboard's panels, and every query of its variables.
fn of_dashboard() -> Vec<String> {
    fn walk(value: &serde_json::Value, found: &mut Vec<String>) {
        match value {
            serde_json::Value::Object(members) => {
                for (name, member) in members {
                    match member.as_str() {
                        Some(text) if name == "expr" || name == "definition" => found.push(text.to_owned()),
                        _ => walk(member, found),
                    }
                }
            }
            serde_json::Value::Array(items) => items.iter().for_each(|item| walk(item, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    walk(&serde_json::from_str(DASHBOARD).unwrap(), &mut found);
    found
}

fn of_rules(name: &str) -> Vec<String> {
    RULES
        .lines()
        .filter_map(|line| line.trim().trim_start_matches("- ").strip_prefix(name))
        .map(str::to_owned)
        .collect()
}

/// The names of counters and gauges in an expression, each with what stands in braces behind it.
fn asked_for(expression: &str) -> Vec<(&str, &str)> {
    let starts = expression.match_indices("hallpass_").map(|(start, _)| &expression[start..]);
    let split = starts.map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        let (name, rest) = rest.split_at(end);
        (name, rest.strip_prefix('{').and_then(|rest| rest.split('}').next()).unwrap_or(""))
    });
    split.collect()
}

#[test]
fn they_ask_for_what_there_is() {
    let mut documented: BTreeMap<String, (String, BTreeSet<String>)> =
        rows("Counters").iter().map(|row| (only(&row[0]), (only(&row[1]), quoted(&row[2])))).collect();
    documented.extend(rows("Gauges").iter().map(|row| {
        let (label, values) = row[1].split_once(':').unwrap_or_default();
        (only(&row[0]), (label.trim_matches('`').to_owned(), quoted(values)))
    }));
    let expressions: Vec<String> = of_dashboard().into_iter().chain(of_rules("expr: ")).collect();
    assert!(expressions.len() > 15, "{}", expressions.len());
    let mut asked = BTreeSet::new();
    for expression in &expressions {
        let found = asked_for(expression);
        assert!(!found.is_empty(), "{expression}");
        for (name, matchers) in found {
            let (label, values) = documented.get(name).unwrap_or_else(|| panic!("there is no {name}: {expression}"));
            asked.insert(name);
            for matcher in matchers.split(',').filter(|matcher| !matcher.is_empty()) {
                let (by, value) = matcher.split_once(['=', '!']).unwrap();
                // Prometheus' own.
                if ["job", "instance"].contains(&by) {
                    continue;
                }
                assert_eq!(by, label, "{expression}");
                for value in value.trim_matches(|c| "=~\"".contains(c)).split('|') {
                    assert!(values.contains(value), "{name} has no {by} {value}: {expression}");
                }
            }
        }
        // What it is summed by.
        for by in expression.split("by (").skip(1).flat_map(|rest| rest.split(')').next().unwrap().split(", ")) {
            assert!(["job", "instance"].contains(&by) || documented.values().any(|(label, _)| label == by), "{by}");
        }
    }
    // None is forgotten.
    assert_eq!(asked.len(), documented.len(), "{asked:?}");
}

/// At a sample every 30 seconds, which `docs/EVENTS.md` asks for, a rate over a minute may have none to go by.
#[test]
fn no_rule_looks_at_less_than_five_minutes() {
    let expressions = of_rules("expr: ");
    let windows: Vec<&str> = expressions.iter().flat_map(|rule| rule.split('[').skip(1)).collect();
    assert!(windows.len() > 8, "{windows:?}");
    for window in windows {
        let minutes: u32 = window.split("m]").next().unwrap().parse().unwrap();
        assert!(minutes >= 5, "{minutes} minutes");
    }
}

#[test]
fn every_alert_is_explained() {
    let explained: Vec<String> = rows("Grafana and Prometheus").iter().map(|row| only(&row[0])).collect();
    assert_eq!(of_rules("alert: "), explained);
}
