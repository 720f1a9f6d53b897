//! What the documents point to exists: files, headings, examples, features, tests.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::architecture::sources_in;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every document, by its path below the root.
fn documents() -> BTreeMap<PathBuf, String> {
    fn walk(folder: &Path, found: &mut BTreeMap<PathBuf, String>) {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let path = folder.join(entry.unwrap().file_name());
            if root().join(&path).is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                let text = fs::read_to_string(root().join(&path)).unwrap();
                found.insert(path, text);
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(Path::new("docs"), &mut found);
    for name in ["README.md", "CHANGELOG.md", "SECURITY.md", "fuzz/README.md"] {
        found.insert(name.into(), fs::read_to_string(root().join(name)).unwrap());
    }
    found
}

/// The folders that a document may speak of as if it stood there: the fuzzers are a package of their own.
fn homes(document: &Path) -> Vec<PathBuf> {
    let homes = if document.starts_with("fuzz") { vec!["", "fuzz"] } else { vec![""] };
    homes.into_iter().map(|home| root().join(home)).collect()
}

/// The lines that are not code.
fn prose(text: &str) -> Vec<&str> {
    let mut in_code = false;
    let lines = text.lines().filter(|line| {
        let is_fence = line.trim_start().starts_with("```");
        in_code ^= is_fence;
        !in_code && !is_fence
    });
    lines.collect()
}

/// What stands between single backticks, in a text whose blocks of code are gone.
fn quoted(prose: &[&str]) -> Vec<String> {
    prose.join("\n").split('`').skip(1).step_by(2).map(|quoted| quoted.replace('\n', " ")).collect()
}

/// The targets of links, `[text](target)` and `[text]: target`, but for those in backticks.
fn links(prose: &[&str]) -> Vec<String> {
    let text: String = prose.join("\n").split('`').step_by(2).collect::<Vec<_>>().join("``");
    let inline = text.split("](").skip(1).filter_map(|rest| rest.split(')').next().map(str::to_owned));
    let named = text.lines().filter(|line| line.starts_with('[')).filter_map(|line| line.split_once("]: "));
    inline.chain(named.map(|(_, target)| target.to_owned())).collect()
}

/// The anchors of a document's headings, as GitHub makes them.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = prose(text).into_iter().filter(|line| line.starts_with('#'));
    headings
        .map(|heading| {
            let heading = heading.trim_start_matches('#').trim().to_lowercase();
            let kept = heading.chars().filter(|&c| c.is_alphanumeric() || " -_".contains(c));
            kept.map(|c| if c == ' ' { '-' } else { c }).collect()
        })
        .collect()
}

/// The path without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut plain, part| {
        match part {
            Component::ParentDir => assert!(plain.pop(), "{}", path.display()),
            Component::CurDir => {}
            part => plain.push(part),
        }
        plain
    })
}

#[test]
fn every_link_leads_somewhere() {
    let documents = documents();
    let mut followed = 0;
    for (document, text) in &documents {
        // Rustdoc's own links, which rustdoc checks.
        if document.ends_with("FRONT.md") {
            continue;
        }
        for link in links(&prose(text)) {
            if link.contains("://") {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = match file {
                "" => document.clone(),
                file => plain(&document.parent().unwrap().join(file)),
            };
            assert!(root().join(&target).exists(), "{}: {link} leads nowhere", document.display());
            if !anchor.is_empty() {
                let there = anchors(&documents[&target]);
                assert!(there.contains(anchor), "{}: {link} names none of {there:?}", document.display());
            }
            followed += 1;
        }
    }
    assert!(followed > 40, "{followed}");
}

/// Where docs.rs shows the files of a crate.
const SOURCE: &str = "https://docs.rs/crate/hallpass/latest/source/";

#[test]
fn the_front_page_links_to_each_document_that_it_names() {
    let front = documents().remove(Path::new("docs/FRONT.md")).unwrap();
    let lines = prose(&front);
    let named: BTreeSet<String> = quoted(&lines).into_iter().filter(|name| name.starts_with("docs/")).collect();
    let definitions = lines.iter().filter_map(|line| line.split_once("]: ")?.1.strip_prefix(SOURCE));
    assert!(named.len() > 5, "{named:?}");
    assert_eq!(definitions.map(str::to_owned).collect::<BTreeSet<_>>(), named);
    assert!(named.iter().all(|name| root().join(name).exists()), "{named:?}");
}

/// Rustdoc shows these too, where a link to another file would lead nowhere.
#[test]
fn the_guides_and_the_rules_of_the_web_name_files_and_link_to_none() {
    let is_shown = |document: &Path| document.starts_with("docs/guides") || document.ends_with("WEB.md");
    for (document, text) in documents().iter().filter(|(document, _)| is_shown(document)) {
        assert_eq!(links(&prose(text)), Vec::<String>::new(), "{}", document.display());
    }
}

#[test]
fn every_file_that_is_named_is_there() {
    let mut looked_at = 0;
    for (document, text) in documents() {
        for name in quoted(&prose(&text)) {
            let is_path =
                ["docs/", "src/", "tests/", "examples/", "fuzz/", ".ci/"].iter().any(|folder| name.starts_with(folder));
            // A reader's own program is not.
            let is_readers = document.starts_with("docs/guides") && name.starts_with("src/");
            if is_path && !is_readers && !name.contains([' ', '{', '*', '…']) {
                let path = name.split(['#', ':']).next().unwrap();
                let is_there = homes(&document).iter().any(|home| home.join(path).exists());
                assert!(is_there, "{}: {name} is not there", document.display());
                looked_at += 1;
            }
        }
    }
    assert!(looked_at > 40, "{looked_at}");
}

/// The word after an option, wherever `cargo` stands in front of it.
fn arguments(line: &str, option: &str) -> Vec<String> {
    let commands = line.split('`').flat_map(|part| part.split("cargo ").skip(1));
    let found = commands.flat_map(|command| {
        let words: Vec<&str> = command.split_whitespace().take_while(|word| *word != "--").collect();
        let pairs: Vec<String> =
            words.windows(2).filter(|pair| pair[0] == option).map(|pair| pair[1].to_owned()).collect();
        pairs
    });
    found.collect()
}

#[test]
fn commands_name_examples_tests_and_features_that_there_are() {
    let manifest = include_str!("../../Cargo.toml");
    let features = manifest.split("[features]").nth(1).unwrap().split("\n[").next().unwrap();
    let features: BTreeSet<&str> =
        features.lines().filter_map(|line| line.split_once(" = [")).map(|(name, _)| name).collect();
    let is_target = |document: &Path, folder: &str, name: &str| {
        let mut places = homes(document).into_iter().map(|home| home.join(folder).join(name));
        places.any(|place| place.with_extension("rs").exists() || place.join("main.rs").exists())
    };
    let (mut examples, mut asked) = (0, 0);
    for (document, text) in documents() {
        for line in text.lines() {
            for (option, folder) in [("--example", "examples"), ("--test", "tests")] {
                for name in arguments(line, option) {
                    assert!(is_target(&document, folder, &name), "{}: {line}", document.display());
                    examples += 1;
                }
            }
            for list in arguments(line, "--features") {
                for feature in list.split(',') {
                    assert!(features.contains(feature), "{}: {line}", document.display());
                    asked += 1;
                }
            }
        }
    }
    assert!(examples > 8 && asked > 4, "{examples} {asked}");
}

/// By their last word alone: `docs/COMPLIANCE.md` has the rest, and a test of its own.
#[test]
fn the_tests_that_the_threat_model_names_exist() {
    let sources: String = ["tests", "src"].into_iter().flat_map(sources_in).map(|(_, text)| text).collect();
    let text = &documents()[Path::new("docs/THREAT_MODEL.md")];
    let is_name = |name: &str| name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_:".contains(c));
    let names: Vec<String> =
        quoted(&prose(text)).into_iter().filter(|name| is_name(name) && name.contains(['_', ':'])).collect();
    assert!(names.len() > 15, "{names:?}");
    for name in names {
        let last = name.rsplit("::").next().unwrap();
        let is_there = ["fn", "mod"]
            .iter()
            .any(|kind| ["(", ";", " {"].iter().any(|end| sources.contains(&format!("{kind} {last}{end}"))));
        assert!(is_there, "{name} is not there");
    }
}
