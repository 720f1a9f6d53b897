//! The session whose token everybody makes and reads: the same claims in each.

use std::borrow::Cow;

use hallpass::key::{IssuingKey, KeySet};
use hallpass::{Denylist, Issuer, KeyRing, Login, Verifier};
use hallpass_benches::measure::{ISSUER, cutoffs};

/// Private claims.
#[derive(serde::Serialize, serde::Deserialize)]
pub(crate) struct Private {
    pub(crate) roles: [String; 2],
    pub(crate) tenant: u32,
}

impl Private {
    pub(crate) fn new() -> Self {
        Self { roles: ["admin".to_owned(), "billing".to_owned()], tenant: 42 }
    }
}

pub(crate) fn login<'a>(subject: impl Into<Cow<'a, str>>) -> Login<'a> {
    Login::new(subject).claims(&Private::new()).unwrap()
}

/// Those who issue and verify under one key.
pub(crate) struct Roles {
    pub(crate) issuer: Issuer,
    pub(crate) warm: Verifier,
    /// Whose cache of verified tokens is switched off.
    pub(crate) cold: Verifier,
}

impl Roles {
    pub(crate) fn of(key: impl Into<IssuingKey>) -> Self {
        let keys = KeyRing::new(KeySet::issuing(key));
        let denylist = Denylist::in_memory().unwrap();
        // As a list is as a rule: somebody has logged out everywhere.
        cutoffs(&denylist, 1);
        let warm = Verifier::new(&keys, ISSUER, &denylist);
        Self { issuer: Issuer::new(&keys, ISSUER, &denylist), cold: warm.clone().warm_cache(0), warm }
    }
}
