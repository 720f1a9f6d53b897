//! The life of a session against rules that fit on a page, under random operations on three clocks: what
//! the fuzzer runs too.

use proptest::prelude::*;

use crate::corpus::targets;

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    /// Any bytes are a sequence of operations.
    #[test]
    fn random_sessions_agree_with_the_model(bytes in prop::collection::vec(any::<u8>(), 0..150)) {
        targets::session(&bytes);
    }
}
