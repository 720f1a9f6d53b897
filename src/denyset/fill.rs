//! How full filters are, and how often they hit for nothing.

/// Of one filter, or of all in front of the ids.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Fill {
    bits: f64,
    set: f64,
    false_positives: f64,
}

impl Fill {
    /// Of a filter with so many bits, of which so many are set, that hits this share of what is not in its set.
    pub(super) fn new(bits: f64, set: f64, false_positives: f64) -> Self {
        Self { bits, set, false_positives }
    }

    /// Of two filters that are both asked: either may hit.
    pub(super) fn beside(self, other: Self) -> Self {
        let neither = (1.0 - self.false_positives) * (1.0 - other.false_positives);
        Self::new(self.bits + other.bits, self.set + other.set, 1.0 - neither)
    }

    /// Of filters of which one is asked, each as often as every other.
    pub(super) fn among(filters: impl Iterator<Item = Self>) -> Self {
        let (sum, count) = filters.fold((Self::default(), 0.0), |(sum, count), one| {
            let false_positives = sum.false_positives + one.false_positives;
            (Self::new(sum.bits + one.bits, sum.set + one.set, false_positives), count + 1.0)
        });
        Self { false_positives: sum.false_positives / count, ..sum }
    }

    /// The share of bits that are set.
    pub(crate) fn share(&self) -> f64 {
        if self.bits > 0.0 { self.set / self.bits } else { 0.0 }
    }

    /// The share of what is not in the set that is looked up all the same.
    pub(crate) fn false_positives(&self) -> f64 {
        self.false_positives
    }
}
