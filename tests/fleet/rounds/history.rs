//! What was asked and answered in a round, with the moments between which each call took place; and what must not be
//! found in it.
//!
//! A call took effect somewhere between its begin and its end. So an acceptance is a fault only if it *began* after the
//! revocation was known to be in force: on the list where it was made, once `revoke` has returned; anywhere, at the moment
//! that the receipt names.

use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::Arc;

use hallpass::status::EntryKind;
use hallpass::{SessionId, TokenId};

/// A session, of which there is one token.
pub(super) struct Begun {
    pub(super) number: usize,
    pub(super) text: String,
    pub(super) session: SessionId,
    pub(super) token: TokenId,
    pub(super) subject: String,
    /// When the login had returned, and the moment it is dated at.
    pub(super) begun: i64,
    pub(super) dated: i64,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum What {
    One(usize),
    Subject(String),
}

#[derive(Debug, Clone)]
pub(super) struct Revoked {
    pub(super) what: What,
    pub(super) on: usize,
    pub(super) asked: i64,
    /// When the call had returned: from then on it is in force there. Not if it was refused.
    pub(super) in_force: Option<i64>,
    /// When it holds everywhere, as the receipt says; nothing was acknowledged without one.
    pub(super) everywhere_by: Option<i64>,
}

/// How far ahead of its moment a cutoff stands.
const LEEWAY: i64 = 10_000_000;

impl Revoked {
    /// The one exception, which the simulation of the follower has too: the engine has lost something, and a list that has
    /// not heard yet of the new epoch makes a cutoff for a subject, who has just begun a session where it was heard of. That
    /// session is dated just after the epoch's cutoff, which stands further ahead.
    fn falls_short_of(&self, held: &Begun, anew: Option<i64>) -> bool {
        let may_not_have_heard = anew.is_some_and(|all_heard| self.asked < all_heard);
        matches!(self.what, What::Subject(_)) && may_not_have_heard && held.dated > self.asked + LEEWAY
    }

    fn concerns(&self, held: &Begun) -> bool {
        match &self.what {
            What::One(number) => *number == held.number,
            // Whoever revokes a subject's sessions has begun them, so that one moment of both is no doubt.
            What::Subject(subject) => *subject == held.subject && held.begun <= self.asked,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Said {
    Accepted,
    Revoked(EntryKind),
    Unknown,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Verified {
    pub(super) number: usize,
    pub(super) on: usize,
    pub(super) began: i64,
    pub(super) ended: i64,
    pub(super) said: Said,
}

/// What is wrong with a history.
pub(super) struct Wrong {
    pub(super) found: Vec<String>,
    /// Sessions that are accepted in the end though they were revoked, on each list that accepts them.
    pub(super) lost: usize,
    /// Sessions of which a cutoff [fell short](Revoked::falls_short_of), which is allowed.
    pub(super) beyond: usize,
}

#[derive(Default)]
pub(super) struct History {
    pub(super) revoked: Vec<Revoked>,
    pub(super) verified: Vec<Verified>,
    /// What every list says in the end, and a newcomer's after them.
    pub(super) finally: Vec<Verified>,
    /// Calls that ended in no way that they may.
    pub(super) strange: Vec<String>,
}

impl History {
    pub(super) fn join(&mut self, other: Self) {
        let Self { revoked, verified, finally, strange } = other;
        self.revoked.extend(revoked);
        self.verified.extend(verified);
        self.finally.extend(finally);
        self.strange.extend(strange);
    }

    pub(super) fn acknowledged(&self) -> usize {
        self.revoked.iter().filter(|revoked| revoked.everywhere_by.is_some()).count()
    }

    pub(super) fn count(&self, is_counted: impl Fn(Said) -> bool) -> usize {
        self.verified.iter().filter(|verified| is_counted(verified.said)).count()
    }

    /// All that is wrong. `anew` if the engine has lost something, so that all have to log in again: when all had heard.
    pub(super) fn wrong(&self, sessions: &[Arc<Begun>], anew: Option<i64>) -> Wrong {
        let (mut beyond, mut lost) = (0, 0);
        let mut concerning: HashMap<usize, Vec<&Revoked>> = HashMap::new();
        let mut by_subject: HashMap<&str, Vec<&Begun>> = HashMap::new();
        for held in sessions {
            by_subject.entry(&held.subject).or_default().push(held);
        }
        for revoked in &self.revoked {
            let subject = match &revoked.what {
                What::One(number) => &sessions[*number].subject,
                What::Subject(subject) => subject,
            };
            for held in by_subject[subject.as_str()].iter().filter(|held| revoked.concerns(held)) {
                beyond += usize::from(revoked.falls_short_of(held, anew));
                concerning.entry(held.number).or_default().push(revoked);
            }
        }
        let is_reached = |revoked: &Revoked, number: usize| !revoked.falls_short_of(&sessions[number], anew);
        let of = |number: usize| concerning.get(&number).map_or(&[][..], Vec::as_slice);
        let mut found = self.strange.clone();
        let mut is_wrong = |what: &str, verified: &Verified, why: &dyn Debug| {
            found.push(format!("{what}: {verified:?}, {why:?}"));
        };
        for verified in self.verified.iter().chain(&self.finally) {
            let concerning = of(verified.number);
            match verified.said {
                Said::Accepted => {
                    for revoked in concerning.iter().filter(|revoked| is_reached(revoked, verified.number)) {
                        let is_after = |moment: i64| verified.began > moment;
                        if revoked.on == verified.on && revoked.in_force.is_some_and(is_after) {
                            is_wrong("accepted where it was revoked", verified, revoked);
                        }
                        if revoked.everywhere_by.is_some_and(is_after) {
                            is_wrong("accepted later than the receipt says", verified, revoked);
                        }
                    }
                }
                Said::Revoked(by) => {
                    let is_anew = anew.is_some() && by == EntryKind::Everyone;
                    if !is_anew && !concerning.iter().any(|revoked| revoked.asked <= verified.ended) {
                        is_wrong("refused, and nobody has revoked it", verified, &by);
                    }
                }
                Said::Unknown => {}
            }
        }
        for verified in &self.finally {
            let concerning = of(verified.number);
            // In force somewhere, though it may have failed at first: all have heard of it by now.
            let is_over = concerning.iter().any(|one| one.in_force.is_some() && is_reached(one, verified.number));
            match verified.said {
                Said::Accepted if is_over => {
                    lost += 1;
                    is_wrong("lost in the end", verified, &concerning);
                }
                Said::Unknown => is_wrong("unknown in the end", verified, &concerning),
                _ => {}
            }
        }
        Wrong { found, lost, beyond }
    }
}
