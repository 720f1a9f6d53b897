//! What is public, as rustdoc has it: all of it stands in `docs/api.txt`, so that a review sees each change, and types of
//! other crates are those of a list. `tests/api/run` makes rustdoc's JSON and runs these tests; an ordinary run says that
//! it leaves them out.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What of other crates may stand in the public API: a new major version of one of these crates is one of hallpass.
/// `docs/ARCHITECTURE.md` says where each shows.
const OF_OTHERS: &[&str] = &[
    "arbitrary::Arbitrary",
    "arbitrary::error::Result",
    "arbitrary::unstructured::Unstructured",
    "axum_core::extract::FromRequestParts",
    "axum_core::extract::option::OptionalFromRequestParts",
    "axum_core::response::Response",
    "axum_core::response::into_response::IntoResponse",
    "axum_core::response::into_response_parts::IntoResponseParts",
    "axum_core::response::into_response_parts::ResponseParts",
    "chrono::datetime::DateTime",
    "chrono::offset::utc::Utc",
    "chrono::time_delta::TimeDelta",
    "http::extensions::Extensions",
    "http::request::Parts",
    "http::request::Request",
    "http::response::Response",
    "http::status::StatusCode",
    "pin_project_lite::__private::PinnedFieldsOf",
    "proptest::arbitrary::traits::Arbitrary",
    "proptest::sample::Select",
    "proptest::strategy::traits::BoxedStrategy",
    "proptest::strategy::traits::Strategy",
    "serde_core::de::Deserialize",
    "serde_core::de::DeserializeOwned",
    "serde_core::ser::Serialize",
    "serde_json::error::Error",
    "tower_layer::Layer",
    "tower_service::Service",
    "zeroize::Zeroizing",
];

const OWN: [&str; 4] = ["hallpass", "core", "alloc", "std"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// One line for each public item and for each trait that a type implements.
fn public() -> Vec<String> {
    let json = std::env::var_os("HALLPASS_API_JSON").expect("rustdoc's JSON: see tests/api/run");
    let api = public_api::Builder::from_rustdoc_json(Path::new(&json));
    // What the compiler finds out by itself, and what a trait gives to every type.
    let api = api.omit_auto_trait_impls(true).omit_blanket_impls(true).build().unwrap();
    of_interest(api.items().map(ToString::to_string))
}

/// Without the functions of std's traits, which std names; and without what is documentation alone, or no program names.
fn of_interest(lines: impl Iterator<Item = String>) -> Vec<String> {
    // The type of the `impl` of a trait of std's under which a line may stand.
    let mut above = String::new();
    lines
        .filter(|line| {
            if let Some(path) = line.strip_prefix("pub fn ") {
                return !path.strip_prefix(above.as_str()).is_some_and(|rest| rest.starts_with(['<', ':']));
            }
            // Which types a trait goes with, std does not say.
            if !line.starts_with("pub type ") {
                let type_ = line.split_once(" for ").and_then(|(_, rest)| rest.split(['<', ' ']).next());
                let of_std = implemented(line).is_some_and(is_of_std);
                above = type_.filter(|_| of_std).unwrap_or_default().to_owned();
            }
            !line.contains("hallpass::guides") && !line.contains("StructuralPartialEq")
        })
        .collect()
}

/// The trait's path in `impl<…> path::Trait<…> for Type`; `None` of a type's own functions.
fn implemented(line: &str) -> Option<&str> {
    let (trait_, _) = line.strip_prefix("impl")?.split_once(" for ")?;
    let mut depth = 0_usize;
    let begin = trait_.find(|c: char| {
        depth = match c {
            '<' => depth.saturating_add(1),
            '>' => depth.saturating_sub(1),
            _ => depth,
        };
        depth == 0 && c == ' '
    })?;
    Some(trait_[begin..].trim_start())
}

fn is_of_std(path: &str) -> bool {
    OWN[1..].iter().any(|name| path.strip_prefix(name).is_some_and(|rest| rest.starts_with("::")))
}

/// The paths in a line that begin in another crate.
fn of_others(line: &str) -> impl Iterator<Item = &str> {
    let paths = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != ':');
    paths.map(|path| path.trim_end_matches(':')).filter(|path| {
        path.split_once("::").is_some_and(|(name, _)| !name.is_empty() && name != "Self" && !OWN.contains(&name))
    })
}

#[test]
#[ignore = "tests/api/run makes what it reads"]
fn whatever_is_public_stands_in_docs_api_txt() {
    let (file, lines) = (root().join("docs/api.txt"), public());
    if std::env::var_os("HALLPASS_API").is_some_and(|value| value == "write") {
        fs::write(&file, lines.join("\n") + "\n").unwrap();
        return;
    }
    let listed = fs::read_to_string(&file).unwrap();
    let listed: Vec<&str> = listed.lines().collect();
    if listed == lines {
        return;
    }
    let gone = listed.iter().filter(|line| !lines.iter().any(|other| other == *line)).map(|line| format!("- {line}\n"));
    let new = lines.iter().filter(|line| !listed.contains(&line.as_str())).map(|line| format!("+ {line}\n"));
    let changes: String = gone.chain(new).collect();
    panic!("the public API is another one than docs/api.txt has it; docs/RELEASING.md says what to do:\n{changes}");
}

#[test]
#[ignore = "tests/api/run makes what it reads"]
fn types_of_others_are_those_of_the_list() {
    let lines = public();
    let shown: BTreeSet<&str> = lines.iter().flat_map(|line| of_others(line)).collect();
    assert_eq!(shown, OF_OTHERS.iter().copied().collect());
}

#[test]
fn each_crate_of_the_list_stands_in_docs_architecture_md() {
    let page = fs::read_to_string(root().join("docs/ARCHITECTURE.md")).unwrap();
    let (_, section) = page.split_once("\n## Types of others in the public API\n").unwrap();
    let cells = section.lines().filter_map(|line| line.strip_prefix("| ")).skip(1);
    let names = cells.flat_map(|cells| cells.split(['|', '(']).next().unwrap().split(", "));
    let told: BTreeSet<String> = names.map(|name| name.trim().replace('-', "_")).collect();
    // What serde hands on.
    let crates = OF_OTHERS.iter().map(|path| path.split("::").next().unwrap().replace("serde_core", "serde"));
    assert_eq!(told, crates.collect());
}

#[test]
fn what_std_says_is_left_out_and_nothing_else() {
    let lines = [
        "impl core::convert::From<&str> for hallpass::Login<'_>",
        "pub fn hallpass::Login<'_>::from(&str) -> Self",
        "impl core::iter::traits::iterator::Iterator for hallpass::store::Pages",
        "pub type hallpass::store::Pages::Item = u8",
        "pub fn hallpass::store::Pages::next(&mut self) -> core::option::Option<u8>",
        "pub fn hallpass::store::pages() -> hallpass::store::Pages",
        "impl tower_layer::Layer<S> for hallpass::web::SessionLayer",
        "pub type hallpass::web::SessionLayer::Service = u8",
    ];
    let kept = of_interest(lines.map(str::to_owned).into_iter());
    assert_eq!(kept, [0, 2, 3, 5, 6, 7].map(|index| lines[index]));
}

#[test]
fn paths_and_traits_are_found_in_a_line() {
    let line = "impl<S: core::clone::Clone> tower_layer::Layer<S> for hallpass::web::SessionLayer";
    assert_eq!(implemented(line), Some("tower_layer::Layer<S>"));
    assert_eq!(of_others(line).collect::<Vec<_>>(), ["tower_layer::Layer"]);
    let line = "impl core::convert::From<hallpass::key::LocalKey> for hallpass::key::Key";
    assert!(implemented(line).is_some_and(is_of_std) && of_others(line).next().is_none());
    assert_eq!(implemented("impl hallpass::key::Key"), None);
    let line =
        "pub fn hallpass::time::f(&self, a: Option<chrono::datetime::DateTime<chrono::offset::utc::Utc>>) -> Self::X";
    assert_eq!(of_others(line).collect::<Vec<_>>(), ["chrono::datetime::DateTime", "chrono::offset::utc::Utc"]);
}
