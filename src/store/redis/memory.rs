//! What a process knows of its list, whatever becomes of the engine.

use super::failure::Step;
use super::position::Position;
use crate::random::RandomError;
use crate::store::Header;
use crate::store::proof::{Proofs, another_list};

pub(super) struct Memory {
    pub(super) proofs: Proofs,
    /// The last that was seen. A flushed engine gets its list back by it.
    pub(super) header: Header,
    /// The list's number, which stays over all epochs.
    pub(super) list: String,
    /// The end of the last page.
    pub(super) read: Position,
}

impl Memory {
    pub(super) fn new(header: Header, list: String) -> Result<Self, RandomError> {
        Ok(Self { proofs: Proofs::new(&header, false)?, header, list, read: Position::default() })
    }

    /// Refuses another list.
    pub(super) fn is_ours(&self, list: &[u8]) -> Step<()> {
        if list == self.list.as_bytes() { Ok(()) } else { Err(another_list().into()) }
    }
}
