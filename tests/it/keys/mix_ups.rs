//! A key stays what it is, so that a mix-up does not compile.

use hallpass::key::{IssuingKey, Key, LocalKey, PublicKey, SecretKey};

use crate::support::implements;

#[test]
fn no_key_becomes_one_of_another_type() {
    macro_rules! none {
        ($($from:ty => $($to:ty),*;)*) => {$($(
            let names = concat!(stringify!($from), " becomes a ", stringify!($to));
            assert!(!implements!($from, Into<$to>), "{names}");
            assert!(!implements!($from, TryInto<$to>), "{names}");
            assert!(!implements!($from, AsRef<$to>), "{names}");
            assert!(!implements!($from, std::borrow::Borrow<$to>), "{names}");
            assert!(!implements!($from, std::ops::Deref<Target = $to>), "{names}");
        )*)*};
    }
    // A secret key gives its public half by name.
    none! {
        SecretKey => LocalKey, PublicKey;
        LocalKey => SecretKey, PublicKey;
        PublicKey => SecretKey, LocalKey;
        Key => SecretKey, LocalKey, PublicKey;
        IssuingKey => SecretKey, LocalKey, PublicKey;
    }
}

#[test]
fn only_what_can_issue_becomes_an_issuing_key() {
    assert!(implements!(SecretKey, Into<IssuingKey>) && implements!(LocalKey, Into<IssuingKey>));
    assert!(!implements!(PublicKey, TryInto<IssuingKey>) && !implements!(Key, TryInto<IssuingKey>));
}
