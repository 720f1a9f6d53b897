//! Who logs in.

use std::borrow::Cow;
use std::fmt;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::claims::{PrivateClaimsError, write_private};

/// Who logs in, and what the application says about them.
#[derive(Clone)]
pub struct Login<'a> {
    pub(super) subject: Cow<'a, str>,
    pub(super) private: Option<String>,
    pub(super) not_before: Option<DateTime<Utc>>,
}

impl<'a> Login<'a> {
    /// A login of this subject, the `sub` of the token. It must not be empty.
    pub fn new(subject: impl Into<Cow<'a, str>>) -> Self {
        Self { subject: subject.into(), private: None, not_before: None }
    }

    /// Who logs in.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// With private claims: any type that serializes to a JSON object. They stand beside the registered
    /// ones, so no name may be one of `iss sub aud exp nbf iat jti sid gen auth_time prior_kids`.
    ///
    /// # Errors
    /// [`PrivateClaimsError`] when the type is not an object, a name is a registered claim's, a key
    /// stands twice, or the object is nested deeper than 32 levels or has more than 501 keys.
    pub fn claims<C: Serialize + ?Sized>(self, claims: &C) -> Result<Self, PrivateClaimsError> {
        Ok(Self { private: Some(write_private(claims)?), ..self })
    }

    /// With a token that is valid only from this moment on (`nbf`).
    #[must_use]
    pub fn not_before(self, not_before: DateTime<Utc>) -> Self {
        Self { not_before: Some(not_before), ..self }
    }
}

impl fmt::Debug for Login<'_> {
    /// Without private claims, which may be anything.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login")
            .field("subject", &self.subject)
            .field("not_before", &self.not_before)
            .finish_non_exhaustive()
    }
}

impl<'a> From<&'a str> for Login<'a> {
    fn from(subject: &'a str) -> Self {
        Self::new(subject)
    }
}

impl<'a> From<&'a String> for Login<'a> {
    fn from(subject: &'a String) -> Self {
        Self::new(subject.as_str())
    }
}

impl From<String> for Login<'_> {
    fn from(subject: String) -> Self {
        Self::new(subject)
    }
}
