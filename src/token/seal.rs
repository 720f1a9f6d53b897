//! Sealing a payload and opening it again. The key decides how; a header never does.

use pasetors::token::TrustedToken;

use super::error::{OpenError, ParseError, SealError};
use super::spelling::{Spelled, SpellingError, decode};
use super::{footer, local, public};
use crate::key::{Key, KeyId, PublicKey, Purpose};

/// Signs or encrypts the payload, whichever the key is for, with a footer that names the key.
pub(crate) fn seal(key: &Key, payload: &str, implicit_assertion: &[u8]) -> Result<String, SealError> {
    seal_as_it_is(key, payload.as_bytes(), footer::write(key.id()).as_bytes(), implicit_assertion)
}

/// Signs or encrypts any payload, with any footer.
pub(crate) fn seal_as_it_is(
    key: &Key,
    payload: &[u8],
    footer: &[u8],
    implicit_assertion: &[u8],
) -> Result<String, SealError> {
    match key {
        Key::Secret(key) => public::sign(key, payload, footer, implicit_assertion),
        Key::Local(key) => local::encrypt(key, payload, footer, implicit_assertion),
        Key::Public(_) => Err(SealError::Key),
    }
}

/// A token's text, decoded and bounded; nothing of it is authentic, and all it tells is which key it
/// claims.
pub(crate) struct Sealed {
    purpose: Purpose,
    kid: KeyId,
    /// The payload, in the clear or not, with a signature behind it or between a nonce and a tag. Longer than those.
    message: Vec<u8>,
    footer: Vec<u8>,
}

/// A token that a key of the right kind has authenticated.
pub(crate) enum Opened<'a> {
    /// It stands in the token as it is.
    Signed(&'a str),
    Decrypted(TrustedToken),
}

impl Sealed {
    pub(crate) fn parse(text: &str, max_len: usize) -> Result<Self, ParseError> {
        let spelled = Spelled::new(text, max_len).map_err(ParseError::Spelling)?;
        footer::check_len(spelled.footer).map_err(ParseError::Footer)?;
        let message = decode(spelled.message).map_err(ParseError::Spelling)?;
        let footer = decode(spelled.footer).map_err(ParseError::Spelling)?;
        let beside_payload = match spelled.purpose {
            Purpose::Public => public::SIGNATURE_LEN,
            Purpose::Local => local::NONCE_AND_TAG_LEN,
        };
        if message.len() <= beside_payload {
            return Err(ParseError::Spelling(SpellingError::TooShort));
        }
        let kid = footer::read(&footer).map_err(ParseError::Footer)?;
        Ok(Self { purpose: spelled.purpose, kid, message, footer })
    }

    /// The key that the footer names.
    pub(crate) fn kid(&self) -> &KeyId {
        &self.kid
    }

    /// Which kind of key the token needs. The caller's key decides: see [`open`](Self::open).
    pub(crate) fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// Checks the signature or the tag.
    pub(crate) fn open(&self, key: &Key, implicit_assertion: &[u8]) -> Result<Opened<'_>, OpenError> {
        match (key, self.purpose) {
            (Key::Secret(key), Purpose::Public) => self.verify(key.public_key(), implicit_assertion),
            (Key::Public(key), Purpose::Public) => self.verify(key, implicit_assertion),
            (Key::Local(key), Purpose::Local) => {
                local::decrypt(key, &self.message, &self.footer, implicit_assertion).map(Opened::Decrypted)
            }
            _ => Err(OpenError::Purpose),
        }
    }

    fn verify(&self, key: &PublicKey, implicit_assertion: &[u8]) -> Result<Opened<'_>, OpenError> {
        if !public::is_authentic(key, &self.message, &self.footer, implicit_assertion) {
            return Err(OpenError::Inauthentic);
        }
        let payload = self.unverified_payload().ok_or(OpenError::Purpose)?;
        std::str::from_utf8(payload).map(Opened::Signed).map_err(|_| OpenError::NotUtf8)
    }

    /// The footer, unverified: a strict JSON object.
    pub(super) fn unverified_footer(&self) -> &[u8] {
        &self.footer
    }

    /// What a signed token says, unverified; `None` for an encrypted one.
    pub(super) fn unverified_payload(&self) -> Option<&[u8]> {
        match self.purpose {
            Purpose::Public => self.message.split_last_chunk::<{ public::SIGNATURE_LEN }>().map(|(payload, _)| payload),
            Purpose::Local => None,
        }
    }
}

impl Opened<'_> {
    pub(crate) fn payload(&self) -> &str {
        match self {
            Self::Signed(payload) => payload,
            Self::Decrypted(token) => token.payload(),
        }
    }
}
