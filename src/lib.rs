#![doc = include_str!("../docs/FRONT.md")]
#![forbid(unsafe_code)]

mod claims;
mod denylist;
mod denyset;
mod id;
mod issuer;
mod json;
pub mod key;
mod random;
mod revocation;
pub mod time;
mod token;
mod verifier;

pub use claims::{Claims, PayloadError, PrivateClaimsError};
pub use denylist::{Denylist, DenylistBuilder, DenylistError, DenylistStats, Receipt, RevokeError, Revoking};
pub use id::{ParseIdError, SessionId, TokenId};
pub use issuer::{IssueError, Issuer, LifetimeError, Login};
pub use json::JsonError;
pub use key::KeyRing;
pub use random::RandomError;
pub use revocation::{EntryKind, Revocation, Status, TokenFacts};
pub use token::{FooterError, MAX_TOKEN_LEN, SpellingError, Token, Unverified, UnverifiedError};
pub use verifier::{Session, Verifier, VerifyError};
