//! Every public error is made where secrets are at hand, and shows none of them: keys, tokens, private claims, subjects, the
//! secret of a list, the key of its events.

mod keys;
mod lists;
mod settings;
mod tokens;
mod web;

use std::collections::BTreeSet;

use hallpass::Login;
use hallpass::key::IssuingKey;
use serde_json::json;

use super::shown::Shown;
use super::{Canary, local, secret};
use crate::architecture::{room, sources};
use crate::events::listener::heard;

const PRIVATE: &str = "privatecanaryprivatecanary";
const SUBJECT: &str = "subjectcanarysubjectcanary";

/// No test of this process can make the random generator fail: `tests/random_failure.rs` does. Its error holds nothing.
const OF_CHANCE: [&str; 3] = ["DenylistError::Random", "IssueError::Random", "KeyError::Random"];

fn login() -> Login<'static> {
    Login::new(SUBJECT).claims(&json!({ "note": PRIVATE })).unwrap()
}

/// Every public error, in a world of this key, and what is written to the log meanwhile: by this thread, and by those of the
/// lists that it opens.
pub(super) fn everything(key: &IssuingKey) -> Shown {
    let mut shown = Shown::beside(key);
    shown.hide("what is private", Canary::of_texts([PRIVATE, SUBJECT].map(str::to_owned)));
    let ((), events) = heard(|| {
        keys::import(&mut shown, key);
        tokens::read(&mut shown, key);
        tokens::issue(&mut shown, key);
        tokens::sample(&mut shown, key);
        lists::revoke(&mut shown, key);
        lists::keep(&mut shown);
        settings::set(&mut shown, key);
        web::answer(&mut shown, key);
    });
    let is_heard = |name: &str| events.iter().any(|event| event.name == name);
    // By this thread, and by one of a list's.
    assert!(is_heard("session_created") && is_heard("denylist_store_failed"), "{events:#?}");
    shown.all.push(("what is logged meanwhile".to_owned(), events.iter().map(|event| format!("{event:?}")).collect()));
    shown
}

/// The public errors of the library's sources, and those of their variants that hold anything. What the command line says is
/// looked at by its own tests.
struct Declared {
    types: BTreeSet<String>,
    variants: BTreeSet<String>,
}

fn declared() -> Declared {
    let (mut types, mut variants) = (BTreeSet::new(), BTreeSet::new());
    for (path, text) in sources() {
        if room(&path) == "bin" {
            continue;
        }
        let (mut is_error, mut of) = (false, String::new());
        for line in text.lines() {
            let named = |rest: &str| rest.chars().take_while(char::is_ascii_alphanumeric).collect::<String>();
            types.extend(line.strip_prefix("impl Error for ").map(named));
            is_error |= line.starts_with("#[derive(") && line.contains("thiserror::Error");
            if let Some(rest) = line.strip_prefix("pub enum ").or_else(|| line.strip_prefix("pub struct ")) {
                of = if std::mem::take(&mut is_error) { named(rest) } else { String::new() };
                types.extend((!of.is_empty()).then(|| of.clone()));
            }
            let variant =
                line.strip_prefix("    ").filter(|rest| !of.is_empty() && rest.starts_with(char::is_uppercase));
            if let Some(variant) = variant.filter(|variant| variant.contains(['(', '{'])) {
                variants.insert(format!("{of}::{}", named(variant)));
            }
            if line == "}" || line.ends_with(';') {
                of.clear();
            }
        }
    }
    Declared { types, variants }
}

#[test]
fn no_error_shows_what_was_secret_where_it_was_made() {
    for key in [secret().into(), local().into()] {
        everything(&key).assert_unseen();
    }
}

#[test]
fn every_error_and_whatever_variant_holds_anything_is_among_them() {
    let made: BTreeSet<String> = [secret().into(), local().into()]
        .iter()
        .flat_map(|key| everything(key).all)
        .map(|(name, _)| name)
        .filter(|name| name.contains("::"))
        .chain(OF_CHANCE.map(str::to_owned))
        .chain(["RandomError::RandomError".to_owned()])
        .collect();
    let types: BTreeSet<String> = made.iter().map(|name| name.split("::").next().unwrap().to_owned()).collect();
    let Declared { types: declared, mut variants } = declared();
    assert_eq!(types, declared);
    // `refusals` holds all of them, against the source as well.
    variants.retain(|variant| !variant.starts_with("VerifyError::"));
    assert!(variants.len() > 60, "{}", variants.len());
    let missing: Vec<&String> = variants.difference(&made).collect();
    assert!(missing.is_empty(), "make them where a secret is at hand: {missing:?}");
}
