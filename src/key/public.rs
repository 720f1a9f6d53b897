//! The key pair of `v4.public`: the secret half signs, the public half verifies.

use std::fmt;
use std::str::FromStr;
#[cfg(feature = "aws-lc")]
use std::sync::Arc;

#[cfg(feature = "aws-lc")]
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, ParsedPublicKey};
use ed25519_compact::{KeyPair, Seed};
use pasetors::keys::{AsymmetricPublicKey, AsymmetricSecretKey};
use pasetors::version4::V4;
use zeroize::Zeroizing;

use super::{KeyError, KeyId, paserk, point};
use crate::random;

const PUBLIC: &str = "k4.public";
const SECRET: &str = "k4.secret";

/// The public half of a signing key: it verifies `v4.public` tokens and can issue none.
///
/// Safe to hand to every service that verifies. Importing one refuses points of small or mixed order
/// and encodings that are not canonical.
#[derive(Clone)]
pub struct PublicKey {
    key: AsymmetricPublicKey<V4>,
    id: KeyId,
    #[cfg(feature = "aws-lc")]
    aws_lc: ParsedPublicKey,
}

impl PublicKey {
    /// Reads a PASERK `k4.public.…`.
    ///
    /// # Errors
    /// [`KeyError`] when the text is of another kind, spelled otherwise, or a key that must not be
    /// trusted.
    pub fn from_paserk(text: &str) -> Result<Self, KeyError> {
        paserk::decode(PUBLIC, text, Self::from_bytes)
    }

    fn from_bytes(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        point::check(bytes)?;
        let key = AsymmetricPublicKey::from(bytes).map_err(|_| KeyError::NotAPoint)?;
        let id = KeyId::of_public(&paserk::encode(PUBLIC, bytes)).map_err(|_| KeyError::NotAPoint)?;
        Ok(Self {
            key,
            id,
            #[cfg(feature = "aws-lc")]
            aws_lc: ParsedPublicKey::new(&ED25519, bytes).map_err(|_| KeyError::NotAPoint)?,
        })
    }

    /// The PASERK `k4.public.…`.
    #[must_use]
    pub fn to_paserk(&self) -> String {
        paserk::encode(PUBLIC, self.key.as_bytes()).to_string()
    }

    /// The id by which tokens name this key: `k4.pid.…`.
    #[must_use]
    pub fn id(&self) -> KeyId {
        self.id
    }

    #[cfg(not(feature = "aws-lc"))]
    pub(crate) fn pasetors(&self) -> &AsymmetricPublicKey<V4> {
        &self.key
    }

    #[cfg(feature = "aws-lc")]
    pub(crate) fn aws_lc(&self) -> &ParsedPublicKey {
        &self.aws_lc
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        Self::from_paserk(text)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.id)
    }
}

/// A signing key: it issues `v4.public` tokens, and its public half verifies them.
///
/// Wiped when dropped; never shown by `Debug`, and there is no `Display`.
#[derive(Clone)]
pub struct SecretKey {
    key: AsymmetricSecretKey<V4>,
    public: PublicKey,
    secret_id: KeyId,
    /// AWS-LC wipes what it frees.
    #[cfg(feature = "aws-lc")]
    aws_lc: Arc<Ed25519KeyPair>,
}

impl SecretKey {
    /// A new key from the system's random generator.
    ///
    /// # Errors
    /// [`KeyError::Random`] when the generator fails.
    pub fn generate() -> Result<Self, KeyError> {
        Self::from_seed(&Zeroizing::new(random::bytes()?))
    }

    /// Reads a PASERK `k4.secret.…`: seed and public half.
    ///
    /// # Errors
    /// [`KeyError`] when the text is of another kind, spelled otherwise, a zero seed, or two halves that
    /// do not belong together.
    pub fn from_paserk(text: &str) -> Result<Self, KeyError> {
        paserk::decode(SECRET, text, |bytes: &[u8; 64]| {
            let (seed, public) = bytes.split_first_chunk::<32>().ok_or(KeyError::Halves)?;
            let key = Self::from_seed(seed)?;
            if key.public.key.as_bytes() != public {
                return Err(KeyError::Halves);
            }
            Ok(key)
        })
    }

    /// Goes round pasetors' own constructors: they panic on a zero seed, and its generator panics when
    /// the system's fails.
    fn from_seed(seed: &[u8; 32]) -> Result<Self, KeyError> {
        let pair = KeyPair::try_from_seed(Seed::new(*seed)).map_err(|_| KeyError::Zero)?;
        let key = AsymmetricSecretKey::from(&*pair.sk).map_err(|_| KeyError::Halves)?;
        let public = PublicKey::from_bytes(&pair.pk)?;
        let secret_id = KeyId::of_secret(&paserk::encode(SECRET, key.as_bytes())).map_err(|_| KeyError::Halves)?;
        Ok(Self {
            key,
            public,
            secret_id,
            #[cfg(feature = "aws-lc")]
            aws_lc: Ed25519KeyPair::from_seed_and_public_key(seed, &*pair.pk)
                .map(Arc::new)
                .map_err(|_| KeyError::Halves)?,
        })
    }

    /// The PASERK `k4.secret.…`, in memory that is wiped when dropped.
    #[must_use]
    pub fn to_paserk(&self) -> Zeroizing<String> {
        paserk::encode(SECRET, self.key.as_bytes())
    }

    /// The public half.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// The id by which tokens name this key: `k4.pid.…`, the id of the public half.
    #[must_use]
    pub fn id(&self) -> KeyId {
        self.public.id
    }

    /// The id of the secret half, `k4.sid.…`: for inventories of secrets, never for tokens.
    #[must_use]
    pub fn secret_id(&self) -> KeyId {
        self.secret_id
    }

    #[cfg(not(feature = "aws-lc"))]
    pub(crate) fn pasetors(&self) -> &AsymmetricSecretKey<V4> {
        &self.key
    }

    #[cfg(feature = "aws-lc")]
    pub(crate) fn aws_lc(&self) -> &Ed25519KeyPair {
        &self.aws_lc
    }
}

impl FromStr for SecretKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        Self::from_paserk(text)
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey(of {})", self.public.id)
    }
}
