//! Why a token was refused, in one word.

/// Why a token was refused: few values, none of which comes from a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Malformed,
    Key,
    Inauthentic,
    NotForUs,
    Times,
    NotYetValid,
    Expired,
    Revoked,
    Superseded,
    Replayed,
    StatusUnknown,
}

impl Outcome {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Key => "key",
            Self::Inauthentic => "inauthentic",
            Self::NotForUs => "not_for_us",
            Self::Times => "times",
            Self::NotYetValid => "not_yet_valid",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::Superseded => "superseded",
            Self::Replayed => "replayed",
            Self::StatusUnknown => "status_unknown",
        }
    }
}
