//! The symmetric key of `v4.local`.

use std::fmt;
use std::str::FromStr;

use pasetors::keys::SymmetricKey;
use pasetors::version4::V4;
use zeroize::Zeroizing;

use super::{KeyError, KeyId, paserk};
use crate::random;

const LOCAL: &str = "k4.local";

/// A symmetric key: it issues and verifies `v4.local` tokens, whose claims nobody else can read.
///
/// Wiped when dropped; never shown by `Debug`, and there is no `Display`.
#[derive(Clone)]
pub struct LocalKey {
    key: SymmetricKey<V4>,
    id: KeyId,
}

impl LocalKey {
    /// A new key from the system's random generator.
    ///
    /// # Errors
    /// [`KeyError::Random`] when the generator fails.
    pub fn generate() -> Result<Self, KeyError> {
        Self::from_bytes(&Zeroizing::new(random::bytes()?))
    }

    /// Reads a PASERK `k4.local.…`.
    ///
    /// # Errors
    /// [`KeyError`] when the text is of another kind, spelled otherwise, or all zeros.
    pub fn from_paserk(text: &str) -> Result<Self, KeyError> {
        paserk::decode(LOCAL, text, Self::from_bytes)
    }

    fn from_bytes(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        if *bytes == [0; 32] {
            return Err(KeyError::Zero);
        }
        let encoding = KeyError::Encoding { kind: LOCAL, len: 32 };
        let key = SymmetricKey::from(bytes).map_err(|_| encoding)?;
        let id = KeyId::of_local(&paserk::encode(LOCAL, bytes)).map_err(|_| encoding)?;
        Ok(Self { key, id })
    }

    /// The PASERK `k4.local.…`, in memory that is wiped when dropped.
    #[must_use]
    pub fn to_paserk(&self) -> Zeroizing<String> {
        paserk::encode(LOCAL, self.key.as_bytes())
    }

    /// The id by which tokens name this key: `k4.lid.…`.
    #[must_use]
    pub fn id(&self) -> KeyId {
        self.id
    }

    pub(crate) fn pasetors(&self) -> &SymmetricKey<V4> {
        &self.key
    }
}

impl FromStr for LocalKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        Self::from_paserk(text)
    }
}

impl fmt::Debug for LocalKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LocalKey({})", self.id)
    }
}
