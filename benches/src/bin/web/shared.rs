//! What all servers are made of.

use std::sync::Arc;

use hallpass::{Denylist, Issuer, KeyRing, Session, Verifier};

pub(crate) const ISSUER: &str = "https://app.example";

/// What the handlers have, a token, and a session of it.
pub(crate) struct Shared {
    pub(crate) issuer: Issuer,
    pub(crate) verifier: Verifier,
    pub(crate) token: String,
    pub(crate) session: Session,
}

impl Shared {
    pub(crate) fn new(kind: &str) -> Arc<Self> {
        let keys = if kind.ends_with("public") { KeyRing::generate() } else { KeyRing::generate_local() }.unwrap();
        let denylist = Denylist::in_memory().unwrap();
        hallpass_benches::measure::cutoffs(&denylist, 1);
        let issuer = Issuer::new(&keys, ISSUER, &denylist);
        let verifier = Verifier::new(&keys, ISSUER, &denylist);
        let is_warm = kind.starts_with("warm") || kind.starts_with("within");
        let verifier = if is_warm { verifier } else { verifier.warm_cache(0) };
        let token = issuer.login("alice").unwrap().into_string();
        let session = verifier.verify(&token).unwrap();
        Arc::new(Self { issuer, verifier, token, session })
    }
}
