//! What a process knows of its list, whatever becomes of the engine.

use super::failure::{Step, failed};
use super::read::Position;
use crate::random::RandomError;
use crate::store::proof::Proofs;
use crate::store::{Header, StoreErrorKind};

pub(super) struct Memory {
    pub(super) proofs: Proofs,
    /// The last that was seen. A flushed engine gets its list back by it.
    pub(super) header: Header,
    /// The list's number, which stays over all epochs. Whoever opens a list on a flushed engine before we have looked
    /// begins another one: it hashes subjects under another secret, and this process can't go over to it.
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
        match list == self.list.as_bytes() {
            true => Ok(()),
            false => {
                let why = "another list was begun in its place, since the engine had lost it: open it anew";
                Err(failed(StoreErrorKind::Foreign, why))
            }
        }
    }
}
