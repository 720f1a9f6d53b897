//! What a check waits for when others write: revocations beside it, and a flood that expires.
pub(crate) fn run() {}
