//! A cutoff: every session begun at or before a moment is refused, perhaps all but one.

use crate::id::SessionId;

/// The state of all cutoffs ever made for one subject, or for everyone, in microseconds since 1970.
///
/// A join: however often and in whichever order cutoffs arrive, the state is the same. Of several
/// cutoffs only the newest decides about most sessions. The one session that the newest exempts is
/// subject to the newest of those that don't.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cutoff {
    pub(crate) at: i64,
    /// The session that `at` does not refuse, and the cutoff that holds for it.
    pub(crate) except: Option<(SessionId, i64)>,
}

impl Cutoff {
    /// Refuses no session at all.
    pub(crate) const NONE: Self = Self { at: i64::MIN, except: None };

    pub(crate) const fn new(at: i64, except: Option<SessionId>) -> Self {
        let except = match except {
            Some(session) => Some((session, i64::MIN)),
            None => None,
        };
        Self { at, except }
    }

    /// Whether a session that began at `auth_time` is refused.
    #[inline]
    pub(crate) fn refuses(&self, auth_time: i64, session: SessionId) -> bool {
        auth_time <= self.at && auth_time <= self.holding_for(session)
    }

    /// The cutoff that holds for this session.
    fn holding_for(&self, session: SessionId) -> i64 {
        match self.except {
            Some((exempt, own)) if exempt == session => own,
            _ => self.at,
        }
    }

    /// If it is further ahead than any clock that is nearly right puts it, as if it was made now, by such a clock: beyond
    /// whatever had begun by then, which is `furthest`.
    #[must_use]
    pub(crate) fn near(self, too_far: i64, furthest: i64) -> Self {
        match self.at > too_far {
            true => Self { at: furthest, except: self.except.filter(|(_, own)| *own < furthest) },
            false => self,
        }
    }

    #[must_use]
    pub(crate) fn join(self, other: Self) -> Self {
        let at = self.at.max(other.at);
        // A session stays exempt if neither state's newest cutoff for it reaches `at`.
        let except = [self.except, other.except].into_iter().flatten().find_map(|(session, _)| {
            let own = self.holding_for(session).max(other.holding_for(session));
            (own < at).then_some((session, own))
        });
        Self { at, except }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn session(n: u8) -> SessionId {
        SessionId::from_bytes([n; 16])
    }

    /// What cutoffs mean, one by one.
    fn refused(cutoffs: &[(i64, Option<u8>)], auth_time: i64, by: u8) -> bool {
        cutoffs.iter().any(|&(at, except)| auth_time <= at && except != Some(by))
    }

    fn joined<'a>(cutoffs: impl IntoIterator<Item = &'a (i64, Option<u8>)>) -> Cutoff {
        cutoffs.into_iter().fold(Cutoff::NONE, |state, &(at, except)| state.join(Cutoff::new(at, except.map(session))))
    }

    proptest! {
        #[test]
        fn the_state_says_what_the_cutoffs_say(cutoffs in prop::collection::vec((0..6_i64, prop::option::of(0..3_u8)), 0..8)) {
            let state = joined(&cutoffs);
            for auth_time in -1..7 {
                for by in 0..4 {
                    prop_assert_eq!(state.refuses(auth_time, session(by)), refused(&cutoffs, auth_time, by), "{:?}", state);
                }
            }
        }

        #[test]
        fn order_and_repetition_do_no_harm(cutoffs in prop::collection::vec((0..6_i64, prop::option::of(0..3_u8)), 0..6), order in any::<prop::sample::Index>()) {
            let state = joined(&cutoffs);
            let reversed = joined(cutoffs.iter().rev());
            let split = if cutoffs.is_empty() { 0 } else { order.index(cutoffs.len()) };
            let (left, right) = cutoffs.split_at(split);
            prop_assert_eq!(state, reversed);
            prop_assert_eq!(joined(right).join(joined(left)), state);
            prop_assert_eq!(state.join(state), state);
        }
    }

    /// The one that is exempt stays so only from what its own cutoff does not say already: else it is no record.
    #[test]
    fn a_cutoff_that_is_too_far_ahead_counts_as_the_furthest_and_one_that_is_just_not_as_it_is() {
        let (too_far, furthest) = (1_000, 20);
        let by = |at, own| Cutoff { at, except: Some((session(1), own)) };
        assert_eq!(by(too_far, 19).near(too_far, furthest), by(too_far, 19));
        assert_eq!(by(too_far + 1, 19).near(too_far, furthest), by(furthest, 19));
        assert_eq!(by(too_far + 1, 20).near(too_far, furthest), Cutoff::new(furthest, None));
    }
}
