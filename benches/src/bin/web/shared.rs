//! What all servers are made of.

use std::sync::Arc;

use hallpass::{Denylist, Issuer, KeyRing, Session, Verifier};

pub(crate) const ISSUER: &str = "https://app.example";

/// What the handlers have, a token, and a session of it.
pub(crate) struct Shared {
    pub(crate) issuer: Issuer,
    pub(crate) verifier: Verifier,
    /// Without a cache of verified tokens.
    pub(crate) cold: Verifier,
    pub(crate) token: String,
    pub(crate) session: Session,
}

impl Shared {
    /// With tokens of this kind.
    pub(crate) fn new(tokens: &str) -> Arc<Self> {
        let keys = if tokens == "public" { KeyRing::generate() } else { KeyRing::generate_local() }.unwrap();
        let denylist = Denylist::in_memory().unwrap();
        hallpass_benches::measure::cutoffs(&denylist, 1);
        let issuer = Issuer::new(&keys, ISSUER, &denylist);
        let verifier = Verifier::new(&keys, ISSUER, &denylist);
        let cold = verifier.clone().warm_cache(0);
        let token = issuer.login("alice").unwrap().into_string();
        let session = cold.verify(&token).unwrap();
        Arc::new(Self { issuer, verifier, cold, token, session })
    }
}
