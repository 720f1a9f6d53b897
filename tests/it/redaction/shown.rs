//! What is shown, and what none of it may show.

use std::any::type_name;
use std::error::Error;
use std::fmt::Debug;

use hallpass::key::IssuingKey;

use super::{Canary, debug};

/// What is shown in a world of one key, by the names of types: of an error, with its variant behind it.
pub(super) struct Shown {
    pub(super) all: Vec<(String, Vec<String>)>,
    canaries: Vec<(&'static str, Canary)>,
}

impl Shown {
    pub(super) fn beside(key: &IssuingKey) -> Self {
        let canary = match key {
            IssuingKey::Secret(key) => Canary::of_secret(key),
            IssuingKey::Local(key) => Canary::of_local(key),
        };
        Self { all: vec![], canaries: vec![("a key", canary)] }
    }

    /// No part of this may be seen, in what was shown before either.
    pub(super) fn hide(&mut self, what: &'static str, canary: Canary) {
        self.canaries.push((what, canary));
    }

    /// By the name of its type, or of the one that matters in it.
    pub(super) fn show<T: Debug>(&mut self, name: &str, value: &T) {
        let type_name = type_name::<T>();
        let is_of_it = type_name.split(|character: char| !character.is_alphanumeric()).any(|part| part == name);
        assert!(is_of_it, "{name} is shown by {type_name}");
        self.all.push((name.to_owned(), debug(value).to_vec()));
    }

    #[cfg(all(feature = "axum", feature = "redb", feature = "testing"))]
    pub(super) fn error<E: Error>(&mut self, error: &E) {
        self.all.push((name_of(error), super::messages(error)));
    }

    pub(super) fn assert_unseen(&self) {
        for (name, shown) in &self.all {
            for (what, canary) in &self.canaries {
                canary.assert_unseen(&format!("{name}, of {what},"), shown);
            }
        }
    }
}

/// The names of an error's type and of its variant; of a struct, its name twice.
pub(super) fn name_of<E: Error>(error: &E) -> String {
    let shown = format!("{error:?}");
    let variant: String = shown.chars().take_while(char::is_ascii_alphanumeric).collect();
    format!("{}::{variant}", type_name::<E>().rsplit("::").next().unwrap())
}
