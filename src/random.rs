//! Random bytes from the operating system, or an error: never a zero, never a panic.

/// The operating system's random generator failed, so nothing was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system's random generator failed")]
#[non_exhaustive]
pub struct RandomError;

/// `N` bytes from the operating system's generator.
#[expect(clippy::disallowed_methods, reason = "this is the one place that asks for random bytes")]
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N], RandomError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| RandomError)?;
    // Sixteen or more zero bytes are no accident: they are a generator that reports success and
    // does nothing.
    if bytes.iter().all(|&byte| byte == 0) {
        return Err(RandomError);
    }
    Ok(bytes)
}
