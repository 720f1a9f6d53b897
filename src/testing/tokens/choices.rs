//! A number taken apart into choices.

use chrono::TimeDelta;

/// What is left of the number. Of a 0, every choice is the first.
pub(super) struct Choices(u64);

impl Choices {
    pub(super) fn new(number: u64) -> Self {
        Self(number)
    }

    /// One of so many: from 0 to below `many`.
    pub(super) fn below(&mut self, many: u64) -> u64 {
        let chosen = self.0.checked_rem(many).unwrap_or(0);
        self.0 = self.0.checked_div(many).unwrap_or(0);
        chosen
    }

    /// A place in a text of this length.
    pub(super) fn place(&mut self, len: usize) -> usize {
        usize::try_from(self.below(u64::try_from(len).unwrap_or(u64::MAX))).unwrap_or(0)
    }

    /// One of these; `None` of none.
    pub(super) fn one_of<T>(&mut self, mut all: Vec<T>) -> Option<T> {
        let place = self.place(all.len());
        (place < all.len()).then(|| all.swap_remove(place))
    }

    /// From nothing up to this: its edges to the microsecond, and a thousand steps between them.
    pub(super) fn up_to(&mut self, most: TimeDelta) -> TimeDelta {
        let least = TimeDelta::microseconds(1).min(most);
        match self.below(4) {
            0 => TimeDelta::zero(),
            1 => most,
            2 => least,
            _ => {
                let step = i32::try_from(self.below(1000)).unwrap_or(0);
                most.checked_div(1000).and_then(|steps| steps.checked_mul(step)).unwrap_or(least)
            }
        }
    }
}
