//! Key ids as PASERK defines them: a hash of the key that can be shown and that selects it.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use orion::hazardous::hash::blake2::blake2b::Blake2b;

const HASH_LEN: usize = 33;
/// 33 bytes in base64url: no padding and no stray bits, so each id has one spelling.
const HASH_TEXT_LEN: usize = 44;

/// The id of a key: `k4.pid.…`, `k4.lid.…` or `k4.sid.…`, the first 264 bits of a BLAKE2b hash.
///
/// Ids are public. The footer of a token names its key by one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId {
    kind: Kind,
    hash: [u8; HASH_LEN],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Kind {
    Public,
    Local,
    Secret,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Public, Self::Local, Self::Secret];

    const fn header(self) -> &'static str {
        match self {
            Self::Public => "k4.pid.",
            Self::Local => "k4.lid.",
            Self::Secret => "k4.sid.",
        }
    }
}

/// A text that is not the id of a v4 key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key id is k4.pid., k4.lid. or k4.sid. and 44 characters of base64url")]
#[non_exhaustive]
pub struct ParseKeyIdError;

impl KeyId {
    /// The id of the public key with this PASERK.
    pub(super) fn of_public(paserk: &str) -> Result<Self, ParseKeyIdError> {
        Self::of(Kind::Public, paserk)
    }

    /// The id of the local key with this PASERK.
    pub(super) fn of_local(paserk: &str) -> Result<Self, ParseKeyIdError> {
        Self::of(Kind::Local, paserk)
    }

    /// The id of the secret key with this PASERK.
    pub(super) fn of_secret(paserk: &str) -> Result<Self, ParseKeyIdError> {
        Self::of(Kind::Secret, paserk)
    }

    /// PASERK's "ID" operation. pasetors has it too, and leaves the text of the key in freed memory.
    fn of(kind: Kind, paserk: &str) -> Result<Self, ParseKeyIdError> {
        let hash = || {
            let mut hash = Blake2b::new(HASH_LEN)?;
            hash.update(kind.header().as_bytes())?;
            hash.update(paserk.as_bytes())?;
            hash.finalize()
        };
        let hash = hash().map_err(|_| ParseKeyIdError)?;
        hash.as_ref().try_into().map(|hash| Self { kind, hash }).map_err(|_| ParseKeyIdError)
    }

    /// The id in 34 bytes, for a store. Only for ids that tokens name.
    pub(crate) fn to_bytes(self) -> [u8; 1 + HASH_LEN] {
        let mut bytes = [0; 1 + HASH_LEN];
        let (kind, hash) = bytes.split_at_mut(1);
        kind.fill(match self.kind {
            Kind::Public => 0,
            Kind::Local => 1,
            Kind::Secret => 2,
        });
        hash.copy_from_slice(&self.hash);
        bytes
    }

    /// The id with these bytes, if tokens may name a key by it.
    pub(crate) fn from_bytes(bytes: [u8; 1 + HASH_LEN]) -> Option<Self> {
        let [kind, hash @ ..] = bytes;
        let kind = match kind {
            0 => Kind::Public,
            1 => Kind::Local,
            _ => return None,
        };
        Some(Self { kind, hash })
    }

    /// Whether tokens name a key by such an id: not by that of a secret half.
    pub(crate) fn is_for_tokens(&self) -> bool {
        self.kind != Kind::Secret
    }
}

impl FromStr for KeyId {
    type Err = ParseKeyIdError;

    fn from_str(text: &str) -> Result<Self, ParseKeyIdError> {
        let (kind, hash) = Kind::ALL
            .into_iter()
            .find_map(|kind| text.strip_prefix(kind.header()).map(|hash| (kind, hash)))
            .ok_or(ParseKeyIdError)?;
        let mut bytes = [0; HASH_LEN];
        if hash.len() != HASH_TEXT_LEN || URL_SAFE_NO_PAD.decode_slice(hash, &mut bytes) != Ok(HASH_LEN) {
            return Err(ParseKeyIdError);
        }
        Ok(Self { kind, hash: bytes })
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.header())?;
        f.write_str(&URL_SAFE_NO_PAD.encode(self.hash))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}
