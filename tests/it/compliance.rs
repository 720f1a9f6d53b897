//! `docs/COMPLIANCE.md` names tests; they exist.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The source of a module of this suite: `keys::sets` is `keys/sets.rs`, or in `keys.rs`.
fn source(module: &[&str]) -> Option<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    (1..=module.len())
        .rev()
        .find_map(|depth| fs::read_to_string(folder.join(module[..depth].join("/")).with_extension("rs")).ok())
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
        let source = source(module).unwrap_or_else(|| panic!("{name} has no module"));
        assert!(source.contains(&format!("fn {test}(")), "{name} is not there");
    }
    for file in
        document.split('`').skip(1).step_by(2).filter(|name| name.starts_with("tests/") || name.starts_with("src/"))
    {
        assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(file).exists(), "{file}");
    }
}
