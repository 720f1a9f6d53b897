//! By a strategy of proptest.

use std::fmt::Debug;

use proptest::arbitrary::{Arbitrary, any, any_with};
use proptest::collection::vec;
use proptest::sample::{Select, select};
use proptest::strategy::{BoxedStrategy, Strategy};

use super::fault::Fault;
use super::sample::Sample;

impl Arbitrary for Fault {
    type Parameters = ();
    type Strategy = Select<Self>;

    fn arbitrary_with((): ()) -> Self::Strategy {
        select(Self::ALL)
    }
}

impl<C: Arbitrary + 'static> Arbitrary for Sample<C> {
    type Parameters = C::Parameters;
    type Strategy = BoxedStrategy<Self>;

    fn arbitrary_with(claims: Self::Parameters) -> Self::Strategy {
        Self::with_claims(any_with::<C>(claims)).boxed()
    }
}

impl<C: Debug> Sample<C> {
    /// Samples whose claims are made by this strategy.
    pub fn with_claims(claims: impl Strategy<Value = C>) -> impl Strategy<Value = Self> {
        let subject = vec(any::<char>(), 1..40).prop_map(String::from_iter);
        (subject, claims, any::<u64>()).prop_map(|(subject, claims, choice)| Self { subject, claims, choice })
    }
}
