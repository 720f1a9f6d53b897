//! Tokens for tests of an application's claims and handlers: good ones, and ones that are broken in each way.

#[cfg(feature = "arbitrary")]
mod arbitrary;
mod breaking;
mod choices;
mod draft;
mod fault;
#[cfg(feature = "proptest")]
mod proptest;
mod sample;
mod spare;
mod text;

pub use fault::Fault;
pub use sample::{Sample, SampleError};
pub(super) use spare::SpareKeys;
