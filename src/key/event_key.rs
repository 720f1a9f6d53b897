//! Names for ids and subjects in the log: they say which are the same, and nothing else.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use orion::errors::UnknownCryptoError;
use orion::hazardous::mac::blake2b::{Blake2b, SecretKey, Tag};
use zeroize::Zeroizing;

/// 128 bits: 22 characters of base64url.
const LEN: usize = 16;

/// The key under which ids and subjects are hashed for the log.
#[derive(Clone)]
pub(crate) struct EventKey(Zeroizing<[u8; 32]>);

impl EventKey {
    pub(crate) fn new(key: [u8; 32]) -> Self {
        Self(Zeroizing::new(key))
    }

    /// The name of what these parts make up: BLAKE2b under the key, in base64url.
    pub(crate) fn name(&self, parts: [&[u8]; 2]) -> String {
        // The key has a length that BLAKE2b takes, and nothing else can fail.
        self.hash(parts).map_or_else(|_| String::new(), |hash| URL_SAFE_NO_PAD.encode(hash.unprotected_as_ref()))
    }

    fn hash(&self, parts: [&[u8]; 2]) -> Result<Tag, UnknownCryptoError> {
        let mut hash = Blake2b::new(&SecretKey::try_from(self.0.as_slice())?, LEN)?;
        for part in parts {
            // The length first, so that the border between the two can't be moved.
            let len = u64::try_from(part.len()).map_err(|_| UnknownCryptoError)?;
            hash.update(&len.to_le_bytes())?;
            hash.update(part)?;
        }
        hash.finalize()
    }
}

impl fmt::Debug for EventKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EventKey(..)")
    }
}
