//! `docs/COMPLIANCE.md` names tests; they exist.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The sources that a module of this suite, or else of the library, may be in: `keys::sets` is `keys/sets.rs`, or in
/// `keys.rs`.
fn sources(module: &[&str]) -> Vec<String> {
    let places = ["tests/it", "src"].into_iter().flat_map(|folder| {
        (1..=module.len()).rev().flat_map(move |depth| {
            let path = root().join(folder).join(module[..depth].join("/"));
            [path.with_extension("rs"), path.join("mod.rs")]
        })
    });
    places.filter_map(|place| fs::read_to_string(place).ok()).collect()
}

/// All that stands in the sources of the suite of real engines.
fn scenarios(folder: &Path) -> String {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(|path| match path.is_dir() {
            true => scenarios(&path),
            false => fs::read_to_string(path).unwrap(),
        })
        .collect()
}

/// The numbers in the first column of the tables below headings that begin like this: `28–31` stands for four.
fn numbers(document: &str, begins: impl Fn(&str) -> bool) -> BTreeSet<u32> {
    let sections = document.split("\n## ").skip(1).filter(|section| begins(section));
    let cells = sections.flat_map(str::lines).filter_map(|line| line.strip_prefix("| ")?.split(" |").next());
    cells
        .filter_map(|cell| {
            let (first, last) = cell.split_once('–').unwrap_or((cell, cell));
            Some(first.parse().ok()?..=last.parse().ok()?)
        })
        .flatten()
        .collect()
}

#[test]
fn every_requirement_and_every_way_to_fail_has_a_row() {
    let document = include_str!("../../docs/COMPLIANCE.md");
    let is_failure = |heading: &str| heading.starts_with("Ways to fail");
    assert!(numbers(document, |heading| !is_failure(heading)).into_iter().eq(1..=57));
    assert!(numbers(document, is_failure).into_iter().eq(1..=65));
}

#[test]
fn no_row_is_empty() {
    let document = include_str!("../../docs/COMPLIANCE.md");
    for line in document.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").collect();
        assert!(cells.len() >= 2 && cells.iter().all(|cell| !cell.trim().is_empty()), "{line}");
    }
}

#[test]
fn every_test_that_the_document_names_exists() {
    let document = include_str!("../../docs/COMPLIANCE.md");
    let named: BTreeSet<&str> = document.split('`').skip(1).step_by(2).filter(|name| name.contains("::")).collect();
    let named: Vec<&str> =
        named.into_iter().filter(|name| !name.starts_with("VerifyError") && !name.starts_with("hallpass")).collect();
    assert!(named.len() > 40, "{}", named.len());
    for name in named {
        let path: Vec<&str> = name.split("::").collect();
        let (test, module) = path.split_last().unwrap();
        let sources = sources(module);
        assert!(sources.iter().any(|source| source.contains(&format!("fn {test}("))), "{name} is not there");
    }
    let fleet = scenarios(&root().join("tests/fleet"));
    let named: Vec<&str> =
        document.split('`').skip(1).step_by(2).filter_map(|name| name.strip_prefix("fleet: ")).collect();
    assert!(named.len() > 40, "{}", named.len());
    for name in named {
        assert!(fleet.contains(&format!("\"{name}\",")), "{name} is no scenario");
    }
    for file in
        document.split('`').skip(1).step_by(2).filter(|name| name.starts_with("tests/") || name.starts_with("src/"))
    {
        assert!(root().join(file).exists(), "{file}");
    }
}

#[test]
fn every_fault_that_is_planted_is_noticed_by_tests_of_its_row() {
    let document = include_str!("../../docs/COMPLIANCE.md");
    let failures = document.split("\n## ").filter(|section| section.starts_with("Ways to fail"));
    let rows: Vec<&str> = failures.flat_map(str::lines).collect();
    let files = fs::read_dir(root().join("tests/planted")).unwrap().map(|entry| entry.unwrap().path());
    for path in files.filter(|path| path.extension().is_some_and(|extension| extension == "patch")) {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let begins = format!("| {} |", name[..2].trim_start_matches('0'));
        let row = rows.iter().find(|row| row.starts_with(&begins)).unwrap_or_else(|| panic!("{name} is of no row"));
        let patch = fs::read_to_string(&path).unwrap();
        let tests: Vec<&str> = patch.lines().filter_map(|line| line.strip_prefix("Red: ")).collect();
        assert!(!tests.is_empty(), "{name} names no test");
        for (kind, test) in tests.into_iter().map(|test| test.split_once(' ').unwrap_or((test, ""))) {
            let spelled = [format!("`{test}`"), format!("`{kind}: {test}`"), format!("`tests/{kind}")];
            assert!(spelled.iter().any(|name| row.contains(name)), "{name}: {kind} {test} is not in its row");
        }
    }
}
