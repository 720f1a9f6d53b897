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

pub use claims::{Claims, PayloadError, PrivateClaimsError};
pub use denylist::{
    CatchingUp, Denylist, DenylistBuilder, DenylistError, DenylistStats, End, Ended, Receipt, RevokeError, Revoking,
};
pub use id::{ParseIdError, SessionId, TokenId};
pub use issuer::{IssueError, Issuer, Login, RenewError, Renewal, Restarting};
pub use json::JsonError;
pub use key::KeyRing;
pub use random::RandomError;
pub use revocation::{EntryKind, Revocation, Status, TokenFacts};
pub use session::{LoginTooOld, RevocationRequest, Session, VerifyError};
pub use timeouts::{Advice, AssuranceLevel, MAX_ABSOLUTE_TIMEOUT, Policy, Timeouts, TimeoutsError};
pub use token::{FooterError, MAX_TOKEN_LEN, SpellingError, Token, Unverified, UnverifiedError};
pub use verifier::{Verifier, WARM_CACHE_BYTES};
