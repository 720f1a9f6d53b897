//! Sealing a payload and opening it again, by pasetors. The key decides how; a header never does.

use pasetors::errors::Error as PasetoError;
use pasetors::token::{Local, Public, TrustedToken, UntrustedToken};
use pasetors::version4::{LocalToken, PublicToken, V4};

use super::footer::{self, FooterError};
use super::spelling::{Spelled, SpellingError};
use crate::key::{Key, KeyId, Purpose};
use crate::random::RandomError;

/// A payload that could not be sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SealError {
    Random(RandomError),
    /// The key has no secret to seal with.
    Key,
}

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
    let (footer, implicit) = (Some(footer), Some(implicit_assertion));
    let sealed = match key {
        Key::Secret(key) => PublicToken::sign(key.pasetors(), payload, footer, implicit),
        Key::Local(key) => LocalToken::encrypt(key.pasetors(), payload, footer, implicit),
        Key::Public(_) => return Err(SealError::Key),
    };
    let sealed = sealed.map_err(|error| match error {
        PasetoError::Csprng => SealError::Random(RandomError),
        _ => SealError::Key,
    })?;
    // pasetors draws the nonce itself. One of zeros is a generator that reports success and does nothing,
    // and tokens that share a nonce show what they have in common.
    if sealed.strip_prefix(LocalToken::HEADER).is_some_and(|body| body.starts_with(ZERO_NONCE)) {
        return Err(SealError::Random(RandomError));
    }
    Ok(sealed)
}

/// What a nonce of 32 zeros is at the beginning of a token: 252 of its 256 bits.
const ZERO_NONCE: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const _: () = assert!(ZERO_NONCE.len() == 42);

/// A token's text, decoded and bounded; nothing of it is authentic, and all it tells is which key it
/// claims.
pub(crate) struct Sealed {
    kid: KeyId,
    token: Untrusted,
}

enum Untrusted {
    Public(UntrustedToken<Public, V4>),
    Local(UntrustedToken<Local, V4>),
}

/// A text that is no sealed token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ParseError {
    Spelling(SpellingError),
    Footer(FooterError),
}

/// A sealed token that does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OpenError {
    /// The key is of the other kind.
    Purpose,
    /// The signature or the tag is not this key's for this text and this implicit assertion.
    Inauthentic,
    /// Authentic, and the payload is not UTF-8.
    NotUtf8,
}

/// A token that a key of the right kind has authenticated.
pub(crate) struct Opened {
    token: TrustedToken,
}

impl Sealed {
    pub(crate) fn parse(text: &str, max_len: usize) -> Result<Self, ParseError> {
        let spelled = Spelled::new(text, max_len).map_err(ParseError::Spelling)?;
        footer::check_len(spelled.footer).map_err(ParseError::Footer)?;
        let token = Untrusted::decode(&spelled).map_err(ParseError::Spelling)?;
        let kid = footer::read(token.footer()).map_err(ParseError::Footer)?;
        Ok(Self { kid, token })
    }

    /// The key that the footer names.
    pub(crate) fn kid(&self) -> &KeyId {
        &self.kid
    }

    /// Which kind of key the token needs. The caller's key decides: see [`open`](Self::open).
    pub(crate) fn purpose(&self) -> Purpose {
        match self.token {
            Untrusted::Public(_) => Purpose::Public,
            Untrusted::Local(_) => Purpose::Local,
        }
    }

    /// Checks the signature or the tag.
    pub(crate) fn open(&self, key: &Key, implicit_assertion: &[u8]) -> Result<Opened, OpenError> {
        let implicit = Some(implicit_assertion);
        let opened = match (key, &self.token) {
            (Key::Secret(key), Untrusted::Public(token)) => {
                PublicToken::verify(key.public_key().pasetors(), token, None, implicit)
            }
            (Key::Public(key), Untrusted::Public(token)) => PublicToken::verify(key.pasetors(), token, None, implicit),
            (Key::Local(key), Untrusted::Local(token)) => LocalToken::decrypt(key.pasetors(), token, None, implicit),
            _ => return Err(OpenError::Purpose),
        };
        opened.map(|token| Opened { token }).map_err(|error| match error {
            PasetoError::PayloadInvalidUtf8 => OpenError::NotUtf8,
            _ => OpenError::Inauthentic,
        })
    }

    /// The footer, unverified: a strict JSON object.
    pub(super) fn unverified_footer(&self) -> &[u8] {
        self.token.footer()
    }

    /// What a signed token says, unverified; `None` for an encrypted one.
    pub(super) fn unverified_payload(&self) -> Option<&[u8]> {
        match &self.token {
            Untrusted::Public(token) => Some(token.untrusted_payload()),
            Untrusted::Local(_) => None,
        }
    }
}

impl Untrusted {
    fn decode(spelled: &Spelled<'_>) -> Result<Self, SpellingError> {
        match spelled.purpose {
            Purpose::Public => UntrustedToken::try_from(spelled.text).map(Self::Public),
            Purpose::Local => UntrustedToken::try_from(spelled.text).map(Self::Local),
        }
        // What can still be wrong is a payload too short to hold a signature, or a nonce and a tag.
        .map_err(|_| SpellingError::Base64)
    }

    fn footer(&self) -> &[u8] {
        match self {
            Self::Public(token) => token.untrusted_footer(),
            Self::Local(token) => token.untrusted_footer(),
        }
    }
}

impl Opened {
    pub(crate) fn payload(&self) -> &str {
        self.token.payload()
    }
}
