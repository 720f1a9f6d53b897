//! A probe for what is not there: the compiler's answer, without a program that must not compile.

use std::fmt::{Debug, Display};
use std::fs;

use hallpass::key::{PublicKey, SecretKey};

/// Whether a type implements a trait, as the compiler sees it: the inherent constant is there only where
/// the bound holds, and stands before the trait's.
macro_rules! implements {
    ($type:ty, $bound:path) => {{
        #[allow(dead_code)]
        trait Otherwise {
            const ANSWER: bool = false;
        }
        impl<T: ?Sized> Otherwise for T {}

        #[allow(dead_code)]
        struct Probe<T: ?Sized>(std::marker::PhantomData<T>);

        #[allow(dead_code)]
        impl<T: ?Sized + $bound> Probe<T> {
            const ANSWER: bool = true;
        }
        Probe::<$type>::ANSWER
    }};
}
pub(crate) use implements;

#[test]
fn the_probe_tells_both_answers() {
    assert!(implements!(String, Display) && implements!(str, serde::Serialize));
    assert!(implements!(PublicKey, Debug) && implements!(SecretKey, Clone));
    assert!(!implements!(Vec<u8>, Display) && !implements!(fs::File, serde::Serialize));
}
