//! A mix-up does not compile: no key is taken for one of another kind, and none issues that can't.

use hallpass::key::{IssuingKey, Key, LocalKey, PublicKey, SecretKey};

use crate::implements::implements;

/// What takes keys asks for `Into<IssuingKey>`, where they are to issue, or for `Into<Key>`.
#[test]
fn a_secret_key_and_a_local_one_issue_and_a_public_one_does_not() {
    assert!(implements!(SecretKey, Into<IssuingKey>) && implements!(LocalKey, Into<IssuingKey>));
    assert!(!implements!(PublicKey, Into<IssuingKey>));
    assert!(!implements!(&PublicKey, Into<IssuingKey>) && !implements!(Key, Into<IssuingKey>));
}

#[test]
fn every_key_verifies() {
    assert!(implements!(SecretKey, Into<Key>) && implements!(LocalKey, Into<Key>) && implements!(PublicKey, Into<Key>));
}

#[test]
fn no_kind_of_key_becomes_another() {
    macro_rules! none_of {
        ($($from:ty => $to:ty),*) => {$(
            let what = concat!(stringify!($from), " becomes ", stringify!($to));
            assert!(!implements!($from, Into<$to>) && !implements!($from, TryInto<$to>), "{what}");
            assert!(!implements!($from, AsRef<$to>) && !implements!($from, std::borrow::Borrow<$to>), "{what}");
            assert!(!implements!($from, std::ops::Deref<Target = $to>), "{what}");
        )*};
    }
    none_of!(
        LocalKey => PublicKey, LocalKey => SecretKey, PublicKey => LocalKey, PublicKey => SecretKey,
        SecretKey => LocalKey, SecretKey => PublicKey, Key => LocalKey, Key => PublicKey, Key => SecretKey
    );
}
