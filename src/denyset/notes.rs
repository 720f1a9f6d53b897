//! What is noted about one session: when its generations were first used.

/// The first use of a generation, in microseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FirstUse {
    pub(crate) generation: u32,
    pub(crate) at: i64,
}

/// At most this many first uses are kept. More than these within [`Notes::join`]'s window only happen to
/// a client that renews every few seconds, and then a generation between the kept ones counts as retired
/// later than it was, by the window at most.
const MOST: usize = 8;

/// The first uses of a session's generations, as far as they still tell two tokens apart.
///
/// A generation is retired by the first use of any later one. So a first use matters only if no later
/// generation was used before it, and those that matter are ascending in both numbers. Uses older than
/// the window are one: whatever the latest of them retired has been retired for longer than it takes to
/// be sure of a replay.
///
/// A join: in whichever order and however often first uses arrive, the answers are the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notes {
    uses: Vec<FirstUse>,
    /// The latest `exp` of the tokens whose use was the first.
    expires_at: i64,
}

impl Default for Notes {
    fn default() -> Self {
        Self { uses: Vec::new(), expires_at: i64::MIN }
    }
}

impl Notes {
    /// The newest generation that was used.
    pub(crate) fn newest(&self) -> Option<FirstUse> {
        self.uses.last().copied()
    }

    /// When this generation was retired, if it was: at the earliest use of a later one.
    pub(crate) fn retired(&self, generation: u32) -> Option<i64> {
        self.uses.iter().find(|use_| use_.generation > generation).map(|use_| use_.at)
    }

    /// When the last of the tokens expires whose use was noted.
    pub(crate) fn expires_at(&self) -> i64 {
        self.expires_at
    }

    /// Notes a first use, by a token that expires then. Uses that are older than the newest by more than the window
    /// count as one.
    pub(crate) fn join(&mut self, new: FirstUse, expires_at: i64, window: i64) {
        self.expires_at = self.expires_at.max(expires_at);
        let says_nothing = |old: &FirstUse, new: &FirstUse| old.generation <= new.generation && old.at >= new.at;
        if self.uses.iter().any(|known| says_nothing(&new, known)) {
            return;
        }
        self.uses.retain(|known| !says_nothing(known, &new));
        // One by one: most sessions have one or two, and there may be millions.
        self.uses.reserve_exact(1);
        self.uses.push(new);
        self.uses.sort_unstable_by_key(|known| known.generation);
        let old = self.newest().map_or(i64::MIN, |newest| newest.at.saturating_sub(window));
        let olds = self.uses.partition_point(|known| known.at < old);
        self.uses.drain(..olds.saturating_sub(1));
        if self.uses.len() > MOST {
            // The earliest ones decide about those who have been away, so they stay.
            self.uses.remove(MOST.saturating_sub(1));
        }
        self.uses.shrink_to_fit();
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, clippy::cast_possible_truncation)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WINDOW: i64 = 50;

    fn joined<'a>(uses: impl IntoIterator<Item = &'a (u32, i64)>) -> Notes {
        let mut notes = Notes::default();
        uses.into_iter().for_each(|&(generation, at)| notes.join(FirstUse { generation, at }, at, WINDOW));
        notes
    }

    /// What first uses mean, one by one.
    fn retired(uses: &[(u32, i64)], generation: u32) -> Option<i64> {
        uses.iter().filter(|(later, _)| *later > generation).map(|(_, at)| *at).min()
    }

    /// The same, but that all long ago is one.
    fn agree(told: Option<i64>, meant: Option<i64>, newest: i64) -> bool {
        told == meant || told.zip(meant).is_some_and(|(told, meant)| told.max(meant) < newest.saturating_sub(WINDOW))
    }

    proptest! {
        #[test]
        fn the_notes_say_what_the_uses_say(uses in prop::collection::vec((1..9_u32, 0..200_i64), 0..12)) {
            let notes = joined(&uses);
            let newest = uses.iter().map(|(_, at)| *at).max().unwrap_or(0);
            for generation in 0..10 {
                let (told, meant) = (notes.retired(generation), retired(&uses, generation));
                prop_assert!(agree(told, meant, newest), "{generation}: {told:?}, {meant:?} in {notes:?}");
            }
            prop_assert_eq!(notes.newest().map(|newest| newest.generation), uses.iter().map(|(generation, _)| *generation).max());
        }

        #[test]
        fn order_and_repetition_do_no_harm(uses in prop::collection::vec((1..9_u32, 0..200_i64), 0..12), shuffled in any::<prop::sample::Index>()) {
            let notes = joined(&uses);
            let mut others: Vec<_> = uses.iter().rev().copied().collect();
            let by = if uses.is_empty() { 0 } else { shuffled.index(uses.len()) };
            others.rotate_left(by);
            others.extend(uses.iter().take(by));
            let newest = uses.iter().map(|(_, at)| *at).max().unwrap_or(0);
            for generation in 0..10 {
                prop_assert!(agree(notes.retired(generation), joined(&others).retired(generation), newest));
            }
            prop_assert_eq!(notes.expires_at(), joined(&others).expires_at());
            let mut again = notes.clone();
            uses.iter().for_each(|&(generation, at)| again.join(FirstUse { generation, at }, at, WINDOW));
            for generation in 0..10 {
                prop_assert!(agree(again.retired(generation), notes.retired(generation), newest));
            }
        }

        /// However often a session is renewed: bounded, and nothing counts as retired too early, nor later
        /// than by the window.
        #[test]
        fn a_flood_of_renewals_is_bounded(steps in prop::collection::vec(0..4_i64, 1..300)) {
            let mut at = 0;
            let uses: Vec<_> = (1..).zip(&steps).map(|(generation, step)| { at += step; (generation, at) }).collect();
            let notes = joined(&uses);
            prop_assert!(notes.uses.len() <= MOST);
            for generation in 0..uses.len() as u32 {
                let (told, meant) = (notes.retired(generation).unwrap(), retired(&uses, generation).unwrap());
                prop_assert!(told >= meant && (told - meant <= WINDOW || told < at - WINDOW), "{generation}: {told}, {meant}");
            }
        }
    }
}
