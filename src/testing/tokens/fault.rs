//! What may be wrong with a token.

use crate::claims::PayloadError;
use crate::json::JsonError;
use crate::revocation::EntryKind;
use crate::session::VerifyError;
use crate::token::SpellingError;

/// What is wrong with a token, and why it must be refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Fault {
    /// Authentic, and longer than 8 KiB.
    TooLong,
    /// Its end is missing.
    Truncated,
    /// Another text for the same token: padding, stray bits, a part more.
    SecondSpelling,
    /// The header says another version of PASETO.
    OtherVersion,
    /// A character of the payload was changed, and the signature or tag was not.
    AlteredPayload,
    /// A character of the signature or tag was changed.
    AlteredTag,
    /// The footer was replaced by another one that names the same key.
    AlteredFooter,
    /// Made with another key than the one that it names.
    Forged,
    /// Bound to something else (PASETO's implicit assertion).
    OtherAssertion,
    /// The footer names no key.
    FooterWithoutKey,
    /// It names a key that is not in the ring.
    UnknownKey,
    /// Its key was retired.
    RetiredKey,
    /// Its key was to verify until a deadline that has passed.
    PastKey,
    /// Signed, and names a key that encrypts, or the reverse.
    OtherPurpose,
    /// Authentic, and the payload is not UTF-8.
    NotUtf8,
    /// Authentic, and the payload is not a JSON object.
    NotAnObject,
    /// A claim stands twice in it, perhaps once spelled with escapes.
    DuplicateClaim,
    /// A claim that every session token has is not there.
    MissingClaim,
    /// A claim is of another type, or is no id or date.
    WrongType,
    /// A date is spelled as other readers of dates would take it.
    OtherDate,
    /// Another issuer's.
    OtherIssuer,
    /// For another audience, or for one where none is expected, or for none.
    OtherAudience,
    /// It expires before it was issued, or in that moment.
    ExpiresBeforeIssued,
    /// It lives longer than the denylist remembers.
    LivesTooLong,
    /// Its session begins later than any clock may have had it.
    AuthTimeAhead,
    /// Expired.
    Expired,
    /// Not valid yet.
    NotYetValid,
    /// Issued at a moment that is still to come.
    IssuedAhead,
    /// The token was taken back.
    RevokedToken,
    /// Its session was.
    RevokedSession,
    /// All sessions of its subject were.
    RevokedSubject,
    /// Everyone's sessions were.
    RevokedEveryone,
    /// Whatever its key signed was.
    RevokedKey,
}

impl Fault {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::TooLong,
        Self::Truncated,
        Self::SecondSpelling,
        Self::OtherVersion,
        Self::AlteredPayload,
        Self::AlteredTag,
        Self::AlteredFooter,
        Self::Forged,
        Self::OtherAssertion,
        Self::FooterWithoutKey,
        Self::UnknownKey,
        Self::RetiredKey,
        Self::PastKey,
        Self::OtherPurpose,
        Self::NotUtf8,
        Self::NotAnObject,
        Self::DuplicateClaim,
        Self::MissingClaim,
        Self::WrongType,
        Self::OtherDate,
        Self::OtherIssuer,
        Self::OtherAudience,
        Self::ExpiresBeforeIssued,
        Self::LivesTooLong,
        Self::AuthTimeAhead,
        Self::Expired,
        Self::NotYetValid,
        Self::IssuedAhead,
        Self::RevokedToken,
        Self::RevokedSession,
        Self::RevokedSubject,
        Self::RevokedEveryone,
        Self::RevokedKey,
    ];

    /// Whether this is the error with which a token that has this fault and no other must be refused.
    #[must_use]
    pub fn explains(self, error: &VerifyError) -> bool {
        use VerifyError as E;
        match self {
            Self::TooLong => matches!(error, E::Malformed(SpellingError::TooLong { .. })),
            // Where it is cut decides what is found first.
            Self::Truncated => matches!(error, E::Malformed(_) | E::Footer(_)),
            Self::SecondSpelling => matches!(error, E::Malformed(_)),
            Self::OtherVersion => matches!(error, E::Malformed(SpellingError::Header)),
            Self::AlteredPayload | Self::AlteredTag | Self::AlteredFooter | Self::Forged | Self::OtherAssertion => {
                matches!(error, E::Inauthentic { .. })
            }
            Self::FooterWithoutKey => matches!(error, E::Footer(_)),
            Self::UnknownKey => matches!(error, E::UnknownKey),
            Self::RetiredKey => matches!(error, E::KeyRetired { .. }),
            Self::PastKey => matches!(error, E::KeyPast { .. }),
            Self::OtherPurpose => matches!(error, E::Purpose { .. }),
            Self::NotUtf8 => matches!(error, E::PayloadNotUtf8),
            Self::NotAnObject => matches!(error, E::Payload(PayloadError::Json(JsonError::NotAnObject))),
            Self::DuplicateClaim => matches!(error, E::Payload(PayloadError::Json(JsonError::DuplicateKey))),
            Self::MissingClaim => matches!(error, E::Payload(PayloadError::Missing { .. })),
            Self::WrongType | Self::OtherDate => matches!(error, E::Payload(PayloadError::Invalid { .. })),
            Self::OtherIssuer => matches!(error, E::Issuer { .. }),
            Self::OtherAudience => matches!(error, E::Audience { .. }),
            Self::ExpiresBeforeIssued => matches!(error, E::ExpiresBeforeIssued { .. }),
            Self::LivesTooLong => matches!(error, E::LivesTooLong { .. }),
            Self::AuthTimeAhead => matches!(error, E::AuthTimeAhead { .. }),
            Self::Expired => matches!(error, E::Expired { .. }),
            Self::NotYetValid => matches!(error, E::NotYetValid { .. }),
            Self::IssuedAhead => matches!(error, E::IssuedAhead { .. }),
            Self::RevokedToken | Self::RevokedSession => matches!(error, E::Revoked { by: EntryKind::Id, .. }),
            Self::RevokedSubject => matches!(error, E::Revoked { by: EntryKind::Subject, .. }),
            Self::RevokedEveryone => matches!(error, E::Revoked { by: EntryKind::Everyone, .. }),
            Self::RevokedKey => matches!(error, E::Revoked { by: EntryKind::Key, .. }),
        }
    }
}
