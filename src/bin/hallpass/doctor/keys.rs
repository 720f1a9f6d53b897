//! A file with keys: who may read it, what is in it, and what its keys are still good for.

use std::path::Path;

use chrono::{DateTime, Utc};
use hallpass::key::{Key, KeyId, KeySet, KeyState};
use hallpass::time::to_rfc3339;

use super::permissions::{self, Holds};
use super::report::Report;
use crate::denylist::RevokedKeys;
use crate::screen::OutputError;
use crate::text::chain;
use crate::{arguments, clock};

pub(super) fn look(
    report: &mut Report,
    path: &Path,
    verifies_only: bool,
    revoked: Option<&RevokedKeys>,
) -> Result<(), OutputError> {
    let set = match arguments::keys(path) {
        Ok(set) => set,
        Err(failure) => {
            let remedy =
                "put the last good key set back, or name the right file; `hallpass key generate` makes a new key";
            report.error("key-file", &chain(&failure), remedy)?;
            // Half a key set may hold a whole key.
            return if path.is_file() {
                permissions::look(report, "key-permissions", path, Holds::Secrets)
            } else {
                Ok(())
            };
        }
    };
    let keys = Keys { path, next: next(&set), set, now: clock::now() };
    report.ok("key-file", &keys.about(&keys.summary()))?;
    let holds = if keys.has_secret() { Holds::Secrets } else { Holds::Public };
    permissions::look(report, "key-permissions", path, holds)?;
    keys.current(report, verifies_only)?;
    keys.next(report, verifies_only)?;
    keys.deadlines(report)?;
    match revoked {
        Some(revoked) => keys.revoked(report, revoked),
        None => Ok(()),
    }
}

const PUBLIC_HALF: &str = "put the public half there (`hallpass key public`, `KeySet::public_view`)";

struct Keys<'a> {
    path: &'a Path,
    set: KeySet,
    next: Option<Key>,
    now: DateTime<Utc>,
}

/// What would be current after a rotation.
fn next(set: &KeySet) -> Option<Key> {
    set.rotated(DateTime::UNIX_EPOCH).ok().and_then(|rotated| rotated.current().cloned())
}

fn is_secret(key: &Key) -> bool {
    matches!(key, Key::Secret(_) | Key::Local(_))
}

impl Keys<'_> {
    fn about(&self, what: &str) -> String {
        format!("{}: {what}", self.path.display())
    }

    fn needless(&self, key: &Key) -> String {
        self.about(&format!("{} is secret, and whoever only verifies needs no secret", key.id()))
    }

    fn summary(&self) -> String {
        let count = |is_meant: fn(KeyState) -> bool| self.set.states().filter(|(_, state)| is_meant(*state)).count();
        format!(
            "{} current, {} next, {} verify-only, {} retired",
            count(|state| state == KeyState::Current),
            count(|state| state == KeyState::Next),
            count(|state| matches!(state, KeyState::VerifyOnly { .. })),
            count(|state| state == KeyState::Retired),
        )
    }

    /// A local key is a secret in every state in which it is still there.
    fn has_secret(&self) -> bool {
        let is_local = |id: KeyId| id.to_string().starts_with("k4.lid.");
        let has_local = self.set.states().any(|(id, state)| state != KeyState::Retired && is_local(id));
        has_local || self.set.current().into_iter().chain(&self.next).any(is_secret)
    }

    fn current(&self, report: &mut Report, verifies_only: bool) -> Result<(), OutputError> {
        let check = "key-current";
        match self.set.current() {
            None => report.error(
                check,
                &self.about("no key in it is current, so nobody can log in"),
                "rotate to the next key, or put a new one in",
            ),
            Some(key @ Key::Public(_)) if verifies_only => {
                report.ok(check, &self.about(&format!("{} verifies", key.id())))
            }
            Some(key @ Key::Public(_)) => report.warning(
                check,
                &self.about(&format!("{} is public, so nothing can be issued here", key.id())),
                "where people log in, put the secret key in; where not, say --verifies-only",
            ),
            Some(key @ Key::Secret(_)) if verifies_only => report.warning(check, &self.needless(key), PUBLIC_HALF),
            Some(key) => report.ok(check, &self.about(&format!("{} issues", key.id()))),
        }
    }

    fn next(&self, report: &mut Report, verifies_only: bool) -> Result<(), OutputError> {
        let check = "key-next";
        let issues_now = self.set.current().is_some_and(is_secret);
        match &self.next {
            None => report.ok(check, &self.about("no key is next; one is due a day before each rotation")),
            Some(key) if issues_now && !is_secret(key) => report.error(
                check,
                &self.about(&format!(
                    "{} is next and public, so that nothing could be issued after a rotation",
                    key.id()
                )),
                "put its secret key there before you rotate",
            ),
            Some(key @ Key::Secret(_)) if verifies_only => report.warning(check, &self.needless(key), PUBLIC_HALF),
            Some(key) => report.ok(check, &self.about(&format!("{} is next", key.id()))),
        }
    }

    fn deadlines(&self, report: &mut Report) -> Result<(), OutputError> {
        for (id, state) in self.set.states() {
            let KeyState::VerifyOnly { until } = state else { continue };
            let moment = to_rfc3339(until);
            if until <= self.now {
                report.warning(
                    "key-deadline",
                    &self.about(&format!("{id} counts no more since {moment}")),
                    "take it out (`KeySet::without`); if it went too early, its holders log in again",
                )?;
            } else {
                report.ok("key-deadline", &self.about(&format!("{id} verifies until {moment}")))?;
            }
        }
        Ok(())
    }

    fn revoked(&self, report: &mut Report, revoked: &RevokedKeys) -> Result<(), OutputError> {
        let mut none = true;
        for (id, made) in revoked.iter() {
            let Some((_, state)) = self.set.states().find(|(key, _)| *key == id) else { continue };
            none = false;
            let what = self.about(&format!("{id} was revoked at {}", to_rfc3339(made)));
            match state {
                KeyState::Retired => report.ok("key-revoked", &what)?,
                KeyState::Current => report.error(
                    "key-revoked",
                    &format!("{what} and is current: nobody can log in, and nothing that it made passes"),
                    "rotate to another key, and retire this one",
                )?,
                _ => report.warning("key-revoked", &what, "retire it in the key set, so that nobody rotates to it")?,
            }
        }
        if none { report.ok("key-revoked", &self.about("no key in it is revoked")) } else { Ok(()) }
    }
}
