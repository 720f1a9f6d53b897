#![doc = include_str!("../docs/FRONT.md")]
#![forbid(unsafe_code)]
// Labels what needs a feature, where docs.rs builds the documentation.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod claims;
mod denylist;
mod denyset;
mod disk;
mod events;
mod follower;
#[cfg(any(doc, doctest))]
pub mod guides;
mod id;
mod issuer;
mod json;
pub mod key;
mod random;
mod record;
mod revocation;
mod session;
pub mod store;
mod sync;
#[cfg(feature = "testing")]
pub mod testing;
pub mod time;
mod timeouts;
mod token;
mod verifier;
#[cfg(feature = "tower")]
pub mod web;

pub use claims::{Claims, PrivateClaimsError};
pub use denylist::{Denylist, DenylistBuilder, DenylistError, End, Ended, Receipt, RevokeError, Revoking};
pub use denylist::{ForgetError, Forgetting};
pub use id::{ParseIdError, SessionId, TokenId};
pub use issuer::{IssueError, Issuer, Login, RenewError, Renewal, Restarting};
pub use key::ring::KeyRing;
pub use random::RandomError;
pub use revocation::Revocation;
pub use session::{LoginTooOld, RevocationRequest, Session, VerifyError};
pub use timeouts::{Timeouts, TimeoutsError};
pub use token::Token;
pub use verifier::{Verifier, WARM_CACHE_BYTES};

/// A token as a text: a look at it without a key, and what is wrong with one that is malformed.
pub mod inspect {
    pub use crate::claims::PayloadError;
    pub use crate::json::JsonError;
    pub use crate::token::{FooterError, MAX_TOKEN_LEN, SpellingError, Unverified, UnverifiedError};
}

/// How long sessions last in the end, and which assurance level of NIST SP 800-63B-4 permits that.
pub mod policy {
    pub use crate::timeouts::{Advice, AssuranceLevel, MAX_ABSOLUTE_TIMEOUT, Policy};
}

/// What a denylist says when it is asked: of a token, and of itself.
pub mod status {
    pub use crate::denylist::{CatchingUp, DenylistStats};
    pub use crate::revocation::{EntryKind, Status, TokenFacts};
}
