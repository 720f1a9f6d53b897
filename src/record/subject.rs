//! An issuer's subject, as a list knows it: by a keyed hash.

use std::hash::Hasher as _;

use siphasher::sip128::{Hasher128 as _, SipHasher13};

/// 128 bits of SipHash-1-3 under a secret of the list, so that nobody can choose a name that collides with
/// another's. Bytes are taken as given: `Alice` is not `alice`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SubjectKey([u8; 16]);

impl SubjectKey {
    #[inline]
    pub(crate) fn new(secret: &[u8; 16], issuer: &str, subject: &str) -> Self {
        let mut hasher = SipHasher13::new_with_key(secret);
        // The length first, so that the border between the two can't be moved; in one width and order of
        // bytes, since stores keep what comes out.
        hasher.write(&(issuer.len() as u64).to_le_bytes());
        hasher.write(issuer.as_bytes());
        hasher.write(subject.as_bytes());
        Self(hasher.finish128().as_bytes())
    }

    pub(crate) const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn to_bytes(self) -> [u8; 16] {
        self.0
    }

    /// The 64 bits by which filters know it.
    #[inline]
    pub(crate) fn marked(self) -> u64 {
        let [.., a, b, c, d, e, f, g, h] = self.0;
        u64::from_le_bytes([a, b, c, d, e, f, g, h])
    }
}

/// A subject's key and the secret that it was made under, so that the list whose secret that is need not make it again.
#[derive(Clone, Copy)]
pub(crate) struct KnownSubject {
    secret: [u8; 16],
    key: SubjectKey,
}

impl KnownSubject {
    pub(crate) fn new(secret: &[u8; 16], issuer: &str, subject: &str) -> Self {
        Self { secret: *secret, key: SubjectKey::new(secret, issuer, subject) }
    }

    /// The key, if it is one under this secret.
    #[inline]
    pub(crate) fn under(&self, secret: &[u8; 16]) -> Option<SubjectKey> {
        (self.secret == *secret).then_some(self.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_store_has_kept_is_found_by_every_later_version() {
        let key = SubjectKey::new(b"0123456789abcdef", "https://app.example", "alice");
        let pinned = [222, 243, 192, 98, 197, 179, 231, 79, 43, 189, 198, 250, 157, 219, 239, 155];
        assert_eq!(key.to_bytes(), pinned);
        assert_ne!(key, SubjectKey::new(b"0123456789abcdef", "https://app.exampl", "ealice"));
    }
}
