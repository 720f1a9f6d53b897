//! Keys for PASETO v4, their PASERK texts and ids, and sets of them, in which each has its state. Issuers and verifiers
//! take a set in a ring: [`KeyRing`], at the root.
//!
//! | PASERK | type | what it does | its id, the token's `kid` |
//! |---|---|---|---|
//! | `k4.secret` | [`SecretKey`] | signs `v4.public` | `k4.pid` of its public half |
//! | `k4.public` | [`PublicKey`] | verifies `v4.public` | `k4.pid` |
//! | `k4.local` | [`LocalKey`] | encrypts and decrypts `v4.local` | `k4.lid` |
//!
//! A key is one of these types, and a mix-up does not compile. A symmetric key is no public one, nor a secret one:
//!
//! ```compile_fail,E0308
//! # use hallpass::key::{KeyError, LocalKey, SecretKey};
//! # fn main() -> Result<(), KeyError> {
//! let secret: SecretKey = LocalKey::generate()?;
//! # Ok(()) }
//! ```
//!
//! And a public key alone can't be asked to issue:
//!
//! ```compile_fail,E0277
//! # use hallpass::key::{KeyError, KeySet, SecretKey};
//! # fn main() -> Result<(), KeyError> {
//! let issuing = KeySet::issuing(SecretKey::generate()?.public_key().clone());
//! # Ok(()) }
//! ```
//!
//! (The numbers of these errors are compared on nightly alone; `tests/it/keys/kinds.rs` asks the compiler about each pair.)

mod event_key;
mod file;
mod id;
mod local;
mod paserk;
mod point;
mod public;
pub(crate) mod ring;
mod set;
mod text;

pub(crate) use event_key::EventKey;
pub use file::KeyFileError;
pub use id::{KeyId, ParseKeyIdError};
pub use local::LocalKey;
pub use paserk::KeyError;
pub use public::{PublicKey, SecretKey};
pub(crate) use ring::KeyRing;
pub(crate) use set::KeyRefusal;
pub use set::{IssuingKey, Key, KeySet, KeySetError, KeyState};
pub use text::KeySetTextError;

use std::fmt;

/// What a token is for: the second part of its header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// `v4.public`: signed with Ed25519, readable by anyone.
    Public,
    /// `v4.local`: encrypted with XChaCha20 and authenticated with keyed BLAKE2b.
    Local,
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Public => "v4.public",
            Self::Local => "v4.local",
        })
    }
}
