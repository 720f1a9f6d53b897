//! A table of atomics: the newest generation of each session, without a lock.

use crate::id::SessionId;
use crate::sync::atomic::{AtomicU64, Ordering};

/// At least twice as many slots as sessions, so that a search ends soon.
const SLOTS_PER_SESSION: usize = 2;
const FEWEST: usize = 32;

/// Open addressing. A slot is 0, or 32 bits of a session's id and its newest generation, which is never 0.
///
/// Sessions are told apart by these 32 bits and by their place, which takes others. Ids are random and
/// made by the issuer, so that among a million sessions two are mistaken for each other once in two
/// thousand times. Then a replay may go unnoticed; nobody is ever refused by what this table says alone.
pub(super) struct Newest {
    slots: Box<[AtomicU64]>,
}

impl Newest {
    /// A table with room for this many sessions.
    pub(super) fn with_room(sessions: usize) -> Self {
        let slots = sessions.saturating_mul(SLOTS_PER_SESSION).max(FEWEST).next_power_of_two();
        Self { slots: (0..slots).map(|_| AtomicU64::new(0)).collect() }
    }

    /// How many sessions there is room for.
    pub(super) fn room(&self) -> usize {
        self.slots.len().div_euclid(SLOTS_PER_SESSION)
    }

    /// The newest generation that was set for the session, if one was.
    #[inline]
    pub(super) fn get(&self, session: SessionId) -> Option<u32> {
        let (start, tag) = place(session);
        self.slots_from(start)
            .map(|slot| slot.load(Ordering::Acquire))
            .take_while(|&slot| slot != 0)
            .find(|&slot| slot >> 32 == tag)
            .map(generation)
    }

    /// Sets the newest generation of the session, not 0. The caller alone writes, and has left room. A
    /// look that begins after this returns sees it.
    pub(super) fn set(&self, session: SessionId, generation: u32) {
        let (start, tag) = place(session);
        let free = |slot: &AtomicU64| {
            let slot = slot.load(Ordering::Relaxed);
            slot == 0 || slot >> 32 == tag
        };
        if let Some(slot) = self.slots_from(start).find(|slot| free(slot)) {
            slot.store(tag << 32 | u64::from(generation), Ordering::Release);
        }
    }

    /// The slots in the order in which they are searched.
    #[inline]
    fn slots_from(&self, start: usize) -> impl Iterator<Item = &AtomicU64> {
        // The number of slots is a power of two.
        let last = self.slots.len().wrapping_sub(1);
        (0..self.slots.len()).filter_map(move |step| self.slots.get(start.wrapping_add(step) & last))
    }
}

/// Where the search begins, and the bits that tell the session there. The first bits of an id are its
/// shard's.
#[inline]
fn place(session: SessionId) -> (usize, u64) {
    let [_, _, _, _, a, b, c, d, e, f, g, h, ..] = session.to_bytes();
    (u32::from_le_bytes([e, f, g, h]) as usize, u64::from(u32::from_be_bytes([a, b, c, d])))
}

#[inline]
#[expect(clippy::cast_possible_truncation, reason = "the lower half of a slot is the generation")]
fn generation(slot: u64) -> u32 {
    slot as u32
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, clippy::cast_possible_truncation)]
mod tests {
    use super::*;

    fn session(n: u32) -> SessionId {
        let mut id = [0; 16];
        id[4..8].copy_from_slice(&n.wrapping_mul(0x9e37_79b9).to_be_bytes());
        // Few places, so that searches are long.
        id[8..12].copy_from_slice(&(n % 7).to_le_bytes());
        SessionId::from_bytes(id)
    }

    #[test]
    fn a_full_table_tells_everyones_newest_generation_and_nobody_elses() {
        let table = Newest::with_room(1000);
        assert!(table.room() >= 1000);
        (0..table.room() as u32).for_each(|n| table.set(session(n), n + 1));
        (0..500).for_each(|n| table.set(session(n), n + 5));
        for n in 0..table.room() as u32 {
            assert_eq!(table.get(session(n)), Some(if n < 500 { n + 5 } else { n + 1 }));
        }
        assert!((5000..10_000).all(|n| table.get(session(n)).is_none()));
    }
}
