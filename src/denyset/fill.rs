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

#[cfg(test)]
mod tests {
    use super::*;

    fn nearly([bits, set, false_positives]: [f64; 3], fill: Fill) {
        for (expected, found) in [(bits, fill.bits), (set, fill.set), (false_positives, fill.false_positives())] {
            assert!((expected - found).abs() < 1e-9, "{expected}: {fill:?}");
        }
    }

    #[test]
    fn of_two_filters_that_are_both_asked_either_may_hit() {
        let (run, marks) = (Fill::new(100.0, 50.0, 0.2), Fill::new(300.0, 30.0, 0.5));
        nearly([400.0, 80.0, 0.6], run.beside(marks));
    }

    #[test]
    fn of_filters_of_which_one_is_asked_the_mean_hits() {
        let fill = Fill::among([Fill::new(100.0, 50.0, 0.2), Fill::new(300.0, 30.0, 0.5)].into_iter());
        nearly([400.0, 80.0, 0.35], fill);
        assert!((fill.share() - 0.2).abs() < 1e-9, "{fill:?}");
    }

    #[test]
    fn a_filter_without_bits_is_not_full() {
        assert!(Fill::default().share().abs() < 1e-9);
    }
}
