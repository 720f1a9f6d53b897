//! The signature of `v4.public`: by pasetors, or by aws-lc-rs with the feature `aws-lc`.

#[cfg(feature = "aws-lc")]
mod by_aws_lc;
#[cfg(not(feature = "aws-lc"))]
mod by_pasetors;

#[cfg(feature = "aws-lc")]
pub(super) use by_aws_lc::{is_authentic, sign};
#[cfg(not(feature = "aws-lc"))]
pub(super) use by_pasetors::{is_authentic, sign};

/// The signature follows the payload.
pub(super) const SIGNATURE_LEN: usize = 64;

#[cfg(test)]
mod tests;
