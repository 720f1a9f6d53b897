//! The denylist against a plain model in `BTreeMap`s, under random operations with a moving clock: the
//! one that the fuzzer runs too.

use proptest::prelude::*;

use crate::corpus::targets;

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    /// Any bytes are a sequence of operations.
    #[test]
    fn random_operations_agree_with_the_model(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        targets::denylist(&bytes);
    }
}
