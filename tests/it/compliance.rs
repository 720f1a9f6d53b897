//! `docs/COMPLIANCE.md` names tests; they exist, and are run.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::architecture::sources_in;

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

/// Whether a source has this test, and it is run: something like `#[test]` stands above it, and no `#[ignore]`.
fn runs(source: &str, test: &str) -> bool {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let begins = ["fn ", "async fn "].map(|begin| format!("{begin}{test}("));
    (0..lines.len()).filter(|at| begins.iter().any(|begin| lines[*at].starts_with(begin))).any(|at| {
        let above = lines[..at].iter().rev().take_while(|line| line.starts_with("#[") || line.starts_with("//"));
        let has = |what: &[&str]| above.clone().any(|line| what.iter().any(|begin| line.starts_with(begin)));
        has(&["#[test]", "#[tokio::test"]) && !has(&["#[ignore"])
    })
}

/// The scenarios of the suite of real engines: what stands in the lists that its `main` runs.
fn scenarios() -> BTreeSet<String> {
    let folder = root().join("tests/fleet");
    let module_of = |path: &Path| {
        let module = path.strip_prefix(&folder).unwrap().with_extension("").to_str().unwrap().replace('/', "::");
        format!("{}::", module.trim_end_matches("::mod"))
    };
    let sources: Vec<(String, String)> =
        sources_in("tests/fleet").into_iter().map(|(path, text)| (module_of(&path), text)).collect();
    let (_, main) = sources.iter().find(|(module, _)| module == "main::").unwrap();
    let run: BTreeSet<&str> = main.split([' ', '\n', '[', ']', ',']).collect();
    let mut names = BTreeSet::new();
    for (module, source) in &sources {
        for list in ["SCENARIOS", "ALONE"].into_iter().filter(|list| run.contains(format!("{module}{list}").as_str())) {
            let (_, list) = source.split_once(&format!("const {list}: &[Scenario] =")).unwrap();
            let (list, _) = list.split_once("];").unwrap();
            names.extend(list.split('"').skip(1).step_by(2).map(str::to_owned));
        }
    }
    names
}

const DOCUMENT: &str = include_str!("../../docs/COMPLIANCE.md");

/// The rows of the tables below headings that begin like this, by their numbers: `28–31` stands for four.
fn rows(begins: impl Fn(&str) -> bool) -> BTreeMap<u32, &'static str> {
    let sections = DOCUMENT.split("\n## ").skip(1).filter(|section| begins(section));
    let numbered = sections.flat_map(str::lines).filter_map(|line| {
        let cell = line.strip_prefix("| ")?.split(" |").next()?;
        let (first, last) = cell.split_once('–').unwrap_or((cell, cell));
        let numbers = first.parse().ok()?..=last.parse().ok()?;
        Some(numbers.map(move |number| (number, line)))
    });
    numbered.flatten().collect()
}

fn ways_to_fail() -> BTreeMap<u32, &'static str> {
    rows(|heading| heading.starts_with("Ways to fail"))
}

#[test]
fn every_requirement_and_every_way_to_fail_has_a_row() {
    assert!(rows(|heading| !heading.starts_with("Ways to fail")).into_keys().eq(1..=57));
    assert!(ways_to_fail().into_keys().eq(1..=65));
}

/// The faults that are planted: their names, which row each is of, and the patches.
fn patches() -> Vec<(String, u32, String)> {
    let files = fs::read_dir(root().join("tests/planted")).unwrap().map(|entry| entry.unwrap().path());
    let patches = files.filter(|path| path.extension().is_some_and(|extension| extension == "patch"));
    patches
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap();
            let row = name.split('-').next().unwrap().parse().unwrap_or_else(|_| panic!("{name} is of no row"));
            (name.to_owned(), row, fs::read_to_string(&path).unwrap())
        })
        .collect()
}

/// A row of "Ways to fail" has a fault in `tests/planted`, or a sentence that says why there can be none; and each fault says
/// which row it is of, by its name and by its first words.
#[test]
fn every_way_to_fail_is_planted_or_its_row_says_why_it_can_not_be() {
    let mut missing = ways_to_fail();
    missing.retain(|_, row| !row.contains("No fault to plant: "));
    for (name, row, patch) in patches() {
        assert!(patch.starts_with(&format!("Row {row}, ")), "{name} says another row");
        assert!(patch.contains("Planted: "), "{name} says no fault");
        assert!(ways_to_fail().contains_key(&row), "{name} is of a row that is not there");
        missing.remove(&row);
    }
    assert!(missing.is_empty(), "neither a fault nor `No fault to plant: ` and why: rows {:?}", missing.keys());
}

#[test]
fn no_row_is_empty() {
    for line in DOCUMENT.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").collect();
        assert!(cells.len() >= 2 && cells.iter().all(|cell| !cell.trim().is_empty()), "{line}");
    }
}

#[test]
fn every_test_that_the_document_names_exists() {
    let named: BTreeSet<&str> = DOCUMENT.split('`').skip(1).step_by(2).filter(|name| name.contains("::")).collect();
    let named: Vec<&str> =
        named.into_iter().filter(|name| !name.starts_with("VerifyError") && !name.starts_with("hallpass")).collect();
    assert!(named.len() > 40, "{}", named.len());
    for name in named {
        let path: Vec<&str> = name.split("::").collect();
        let (test, module) = path.split_last().unwrap();
        let sources = sources(module);
        assert!(sources.iter().any(|source| runs(source, test)), "{name} is not there, or is not run");
    }
    let fleet = scenarios();
    let named: Vec<&str> =
        DOCUMENT.split('`').skip(1).step_by(2).filter_map(|name| name.strip_prefix("fleet: ")).collect();
    assert!(named.len() > 40, "{}", named.len());
    for name in named {
        assert!(fleet.contains(name), "{name} is no scenario that is run");
    }
    for file in
        DOCUMENT.split('`').skip(1).step_by(2).filter(|name| name.starts_with("tests/") || name.starts_with("src/"))
    {
        assert!(root().join(file).exists(), "{file}");
    }
}

#[test]
fn every_fault_that_is_planted_is_noticed_by_tests_of_its_row() {
    let rows = ways_to_fail();
    for (name, row, patch) in patches() {
        let row = rows.get(&row).unwrap_or_else(|| panic!("{name} is of a row that is not there"));
        let tests: Vec<&str> = patch.lines().filter_map(|line| line.strip_prefix("Red: ")).collect();
        assert!(!tests.is_empty(), "{name} names no test");
        for (kind, test) in tests.into_iter().map(|test| test.split_once(' ').unwrap_or((test, ""))) {
            let spelled = match kind {
                "lib" | "it" => vec![format!("`{test}`")],
                "fleet" => vec![format!("`fleet: {test}`")],
                // As a whole, or a part of it.
                _ => vec![format!("`tests/{kind}`"), format!("`tests/{kind}.rs`"), format!("`tests/{kind}/")],
            };
            assert!(spelled.iter().any(|name| row.contains(name)), "{name}: {kind} {test} is not in its row");
        }
    }
}

/// What a patch leaves or takes away stands in the file that it is for, else it plants nothing.
#[test]
fn every_fault_that_is_planted_fits_the_code() {
    for (name, _, patch) in patches() {
        let (_, files) = patch.split_once("\n--- a/").unwrap_or_else(|| panic!("{name} changes no file"));
        for file in files.split("\n--- a/") {
            let (path, hunks) = file.split_once('\n').unwrap();
            let source =
                fs::read_to_string(root().join(path)).unwrap_or_else(|_| panic!("{name}: {path} is not there"));
            for hunk in hunks.split("\n@@ ").skip(1) {
                let before: Vec<&str> = hunk.lines().skip(1).filter(|line| !line.starts_with('+')).collect();
                let before: String =
                    before.iter().map(|line| format!("{}\n", line.get(1..).unwrap_or_default())).collect();
                assert!(
                    format!("\n{source}").contains(&format!("\n{before}")),
                    "{name} does not fit {path}:\n{before}"
                );
            }
        }
    }
}
