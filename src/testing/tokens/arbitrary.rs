//! From a fuzzer's bytes.

use arbitrary::{Arbitrary, Result, Unstructured};

use super::fault::Fault;
use super::sample::Sample;

impl<'a> Arbitrary<'a> for Fault {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> Result<Self> {
        bytes.choose(Self::ALL).copied()
    }

    fn size_hint(_: usize) -> (usize, Option<usize>) {
        (1, Some(1))
    }
}

impl<'a, C: Arbitrary<'a>> Arbitrary<'a> for Sample<C> {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> Result<Self> {
        let choice = bytes.arbitrary()?;
        let subject: String = bytes.arbitrary()?;
        let subject = if subject.is_empty() { "alice".to_owned() } else { subject };
        Ok(Self { subject, claims: bytes.arbitrary()?, choice })
    }
}
