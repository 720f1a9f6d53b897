//! What becomes of sessions and their tokens, by rules that fit on a page: no list, no shards, no notes
//! that are packed, merged or dropped. Moments are microseconds since 1970.

use std::collections::{BTreeMap, BTreeSet};

use hallpass::VerifyError;
use hallpass::status::EntryKind;

/// How far a clock may stand behind a purge before the list can't tell: a minute.
const TOLERANCE: i64 = 60_000_000;

/// The durations that everything hangs on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    pub(super) idle: i64,
    pub(super) absolute: i64,
    pub(super) grace: i64,
    pub(super) leeway: i64,
    /// Every entry is kept this long.
    pub(super) retention: i64,
}

pub(super) struct Token {
    /// The number of its session.
    pub(super) session: usize,
    pub(super) generation: u32,
    pub(super) issued: i64,
    pub(super) expires: i64,
    /// Every key that had a hand in it.
    pub(super) keys: BTreeSet<usize>,
    pub(super) claim: u8,
    /// Itself, and not its whole session.
    pub(super) revoked: bool,
}

pub(super) struct Session {
    pub(super) subject: usize,
    /// `auth_time`.
    pub(super) began: i64,
    /// By what it was ended: nothing while it lives.
    pub(super) ended: Vec<EntryKind>,
    /// When each generation was first used.
    uses: BTreeMap<u32, FirstUse>,
}

/// The moment at which a generation was first used, as far as the rules fix it: a use on a clock that is
/// behind the one that noted the first may move it back.
#[derive(Debug, Clone, Copy)]
struct FirstUse {
    from: i64,
    to: i64,
    /// Whether it must have been noted: where a later generation was used before, on a clock that was ahead, it
    /// need not be.
    surely: bool,
    /// The true time of the first use, if no clock ever jumped.
    truly: i64,
}

/// A moment that a login must begin after.
#[derive(Debug, Clone, Copy)]
struct Cutoff {
    at: i64,
    /// Nothing for everyone.
    subject: Option<usize>,
    /// The session that it spares.
    except: Option<usize>,
    made: i64,
    /// It had been kept long enough when something was dropped.
    perhaps_gone: bool,
}

/// What may be said about a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Good,
    Ahead,
    Expired,
    Revoked,
    Superseded,
    Replayed,
    Unknown,
}

impl From<&VerifyError> for Fate {
    fn from(why: &VerifyError) -> Self {
        match why {
            VerifyError::IssuedAhead { .. } => Self::Ahead,
            VerifyError::Expired { .. } => Self::Expired,
            VerifyError::Revoked { .. } => Self::Revoked,
            VerifyError::Superseded { .. } => Self::Superseded,
            VerifyError::Replayed { .. } => Self::Replayed,
            VerifyError::StatusUnknown => Self::Unknown,
            other => panic!("refused for what never was: {other}"),
        }
    }
}

/// When a session that begins now may begin, and whether it must wait for the clock.
#[derive(Debug)]
pub(super) struct Beginning {
    pub(super) at: [i64; 2],
    pub(super) may_begin: bool,
    pub(super) may_wait: bool,
}

pub(super) struct Model {
    pub(super) rules: Rules,
    pub(super) tokens: Vec<Token>,
    pub(super) sessions: Vec<Session>,
    pub(super) revoked_keys: BTreeSet<usize>,
    /// The time that no clock shows.
    pub(super) true_time: i64,
    /// Whether any clock ever was further from another than the leeway.
    pub(super) jumped: bool,
    pub(super) found_replay: bool,
    cutoffs: Vec<Cutoff>,
    /// The latest `auth_time` that was given out.
    latest_begun: i64,
    /// The latest moment at which anyone logged in, or anything was revoked or purged.
    known: i64,
    /// When the first entry was made.
    first_entry: i64,
    /// The latest moment at which something may have been dropped.
    dropped: i64,
}

impl Model {
    pub(super) fn new(rules: Rules, now: i64) -> Self {
        Self {
            rules,
            tokens: Vec::new(),
            sessions: Vec::new(),
            revoked_keys: BTreeSet::new(),
            true_time: now,
            jumped: false,
            found_replay: false,
            cutoffs: Vec::new(),
            latest_begun: i64::MIN,
            known: i64::MIN,
            first_entry: i64::MAX,
            dropped: i64::MIN,
        }
    }

    // What is asked.

    /// What may be said about a token: one thing, except where the rules leave room.
    pub(super) fn fates(&self, token: usize, now: i64) -> Vec<Fate> {
        let untimely = self.untimely(token, now);
        if untimely == Some(Fate::Expired) {
            return vec![Fate::Expired];
        }
        let (revoked_by, may_be_unknown) = (self.revoked_by(token), self.may_be_unknown(now));
        let mut fates = Vec::new();
        if !revoked_by.is_empty() {
            fates.push(Fate::Revoked);
        }
        if untimely.is_some() && (revoked_by.is_empty() || may_be_unknown) {
            fates.extend(untimely);
        } else if may_be_unknown {
            fates.push(Fate::Unknown);
        }
        if untimely.is_some() || !revoked_by.is_empty() {
            return fates;
        }
        let (from, to) = self.retired(token);
        let standing = |retired: Option<i64>| match retired.map(|retired| now - retired) {
            Some(age) if age > self.rules.grace + self.rules.leeway => 2,
            Some(age) if age > self.rules.grace => 1,
            _ => 0,
        };
        fates.extend(&[Fate::Good, Fate::Superseded, Fate::Replayed][standing(to)..=standing(from)]);
        fates
    }

    /// Whether a token is refused for the moment alone.
    pub(super) fn untimely(&self, token: usize, now: i64) -> Option<Fate> {
        let Token { issued, expires, .. } = self.tokens[token];
        if issued > now + self.rules.leeway {
            Some(Fate::Ahead)
        } else if now >= expires + self.rules.leeway {
            Some(Fate::Expired)
        } else {
            None
        }
    }

    /// Every kind of entry that forbids a token.
    pub(super) fn revoked_by(&self, token: usize) -> Vec<EntryKind> {
        let Token { session, ref keys, revoked, .. } = self.tokens[token];
        let mut kinds = self.sessions[session].ended.clone();
        kinds.extend(revoked.then_some(EntryKind::Id));
        kinds.extend((!keys.is_disjoint(&self.revoked_keys)).then_some(EntryKind::Key));
        kinds
    }

    /// Whether all of a session was ended, and not only some of its tokens.
    pub(super) fn is_over(&self, session: usize) -> bool {
        !self.sessions[session].ended.is_empty()
    }

    /// When a successor of a token was first used: the earliest and the latest that this may be.
    ///
    /// First uses that were long ago when a later one was noted may count as one, the latest of them: on
    /// clocks that differ by the leeway a token is replayed by the one as by the other.
    pub(super) fn retired(&self, token: usize) -> (Option<i64>, Option<i64>) {
        let Token { session, generation, .. } = self.tokens[token];
        let uses = &self.sessions[session].uses;
        let later = || uses.range(generation + 1..).map(|(_, first)| first);
        let from = later().map(|first| first.from).min();
        let to = later().filter(|first| first.surely).map(|first| first.to).min();
        let newest = uses.values().filter(|first| first.surely).map(|first| first.to).max().unwrap_or(i64::MIN);
        let long_ago = newest.saturating_sub(self.rules.grace + 3 * self.rules.leeway);
        let merged = later().filter(|first| first.from < long_ago).map(|first| first.to.min(long_ago)).max();
        (from, to.map(|to| to.max(merged.unwrap_or(to))))
    }

    /// Whether what ended a session may have been dropped since: then a key that is revoked is all that is known.
    pub(super) fn has_dropped(&self) -> bool {
        self.dropped > i64::MIN
    }

    pub(super) fn may_be_unknown(&self, now: i64) -> bool {
        now + TOLERANCE < self.dropped
    }

    /// Whether nothing changes when someone shows this token.
    pub(super) fn is_free_to_ask(&self, token: usize, now: i64) -> bool {
        let Token { session, generation, issued, .. } = self.tokens[token];
        let noted = self.sessions[session].uses.get(&generation);
        let fates = self.fates(token, now);
        let notes =
            fates.contains(&Fate::Good) && generation > 0 && noted.is_none_or(|first| now.max(issued) < first.to);
        !notes && !fates.contains(&Fate::Replayed)
    }

    /// The `iat` and `exp` of a successor, if there may be one.
    pub(super) fn successor(&self, token: usize, now: i64) -> Option<(i64, i64)> {
        let token = &self.tokens[token];
        let issued = now.max(token.issued);
        let expires = self.expiry(issued, self.sessions[token.session].began);
        (expires > token.expires && expires > issued).then_some((issued, expires))
    }

    pub(super) fn expiry(&self, issued: i64, began: i64) -> i64 {
        (issued + self.rules.idle).min(began + self.rules.absolute)
    }

    /// When a session of this subject may begin.
    pub(super) fn beginning(&self, subject: usize, now: i64) -> Beginning {
        let concerns = |cutoff: &&Cutoff| cutoff.subject.is_none_or(|concerned| concerned == subject);
        let all = self.cutoffs.iter().filter(concerns);
        let newest = all.clone().map(|cutoff| cutoff.at).max().unwrap_or(i64::MIN);
        let surely = all.filter(|cutoff| !cutoff.perhaps_gone).map(|cutoff| cutoff.at).max().unwrap_or(i64::MIN);
        let furthest = now + 2 * self.rules.leeway;
        Beginning {
            at: [surely, newest].map(|cutoff| now.max(cutoff.saturating_add(1))),
            may_begin: surely <= furthest,
            may_wait: newest > furthest,
        }
    }

    /// Whether a cutoff spares a session by its id: surely, and perhaps.
    pub(super) fn spared(&self, session: usize) -> (bool, bool) {
        let sparing = self.cutoffs.iter().filter(|cutoff| cutoff.except == Some(session));
        (sparing.clone().any(|cutoff| !cutoff.perhaps_gone), sparing.count() > 0)
    }

    // What is done.

    /// Someone acts by a session that was verified before, and the list lets them: nobody has shown a token.
    pub(super) fn acted(&self, token: usize, now: i64) {
        let fates = self.fates(token, now);
        assert!(fates.contains(&Fate::Good), "token {token} is accepted, expected {fates:?}");
        let session = &self.sessions[self.tokens[token].session];
        assert!(now < session.began + self.rules.absolute + self.rules.leeway, "token {token} outlives its session");
    }

    /// Someone acts by a session that was verified before, and the list would not have it. That is no replay.
    pub(super) fn forbidden(&mut self, token: usize, now: i64, why: &VerifyError) {
        assert!(!matches!(why, VerifyError::Replayed { .. }), "nobody has shown a token");
        let superseded = matches!(why, VerifyError::Superseded { .. });
        if !(superseded && self.fates(token, now).contains(&Fate::Replayed)) {
            self.refused(token, now, why);
        }
    }

    /// Someone shows a token, and the list lets them.
    pub(super) fn accepted(&mut self, token: usize, now: i64) {
        self.acted(token, now);
        self.note_use(token, now);
    }

    /// Someone shows a token, and the list would not have it.
    pub(super) fn refused(&mut self, token: usize, now: i64, why: &VerifyError) {
        let (fate, fates) = (Fate::from(why), self.fates(token, now));
        assert!(fates.contains(&fate), "token {token} is refused, {why}; expected {fates:?}");
        match why {
            VerifyError::Revoked { by, .. } => assert!(self.revoked_by(token).contains(by), "revoked by {by}"),
            VerifyError::Superseded { retired_at, .. } | VerifyError::Replayed { retired_at, .. } => {
                let ((from, to), at) = (self.retired(token), retired_at.timestamp_micros());
                let within = from.is_some_and(|from| from <= at) && to.is_none_or(|to| at <= to);
                assert!(within, "retired at {at}, expected {from:?} to {to:?}");
            }
            _ => {}
        }
        if let VerifyError::Replayed { ended, .. } = why {
            assert!(ended, "there was room");
            self.found_replay = true;
            self.assert_no_false_alarm(token);
            self.end_session(self.tokens[token].session, EntryKind::Id, now);
        }
    }

    /// Clocks differ by the leeway at most, so that no honest client looks like a thief within the grace.
    fn assert_no_false_alarm(&self, token: usize) {
        let Token { session, generation, .. } = self.tokens[token];
        let first = self.sessions[session].uses.range(generation + 1..).map(|(_, first)| first.truly).min();
        let since = self.true_time - first.expect("a successor was used");
        assert!(self.jumped || since > self.rules.grace, "token {token}: a replay, {since} µs after the first use");
    }

    /// A generation was used.
    fn note_use(&mut self, token: usize, now: i64) {
        let Token { session, generation, issued, .. } = self.tokens[token];
        if generation > 0 {
            // Notes take room, which may be made by dropping others.
            self.made(now);
            self.may_drop(now);
        }
        let at = now.max(issued);
        let surely = self.sessions[session].uses.range(generation + 1..).next().is_none();
        let new = FirstUse { from: at, to: at, surely, truly: self.true_time };
        let first = self.sessions[session].uses.entry(generation).or_insert(new);
        first.from = first.from.min(at);
    }

    /// The newest generation of a token's session that was used.
    pub(super) fn newest_used(&self, token: usize) -> u32 {
        self.sessions[self.tokens[token].session].uses.keys().max().copied().unwrap_or(0)
    }

    /// The session that a login begins; its number.
    pub(super) fn begin(&mut self, subject: usize, began: i64, now: i64) -> usize {
        self.latest_begun = self.latest_begun.max(began);
        self.known = self.known.max(now);
        self.replace(subject, began)
    }

    /// A session that began already; its number.
    pub(super) fn replace(&mut self, subject: usize, began: i64) -> usize {
        self.sessions.push(Session { subject, began, ended: Vec::new(), uses: BTreeMap::new() });
        self.sessions.len() - 1
    }

    pub(super) fn end_session(&mut self, session: usize, by: EntryKind, now: i64) {
        self.made(now);
        self.sessions[session].ended.push(by);
    }

    /// An entry was made.
    pub(super) fn made(&mut self, now: i64) {
        self.first_entry = self.first_entry.min(now);
    }

    /// Ends every session that has begun, of a subject or of everyone, but one.
    pub(super) fn end_all(&mut self, subject: Option<usize>, except: Option<usize>, now: i64) {
        let by = if subject.is_some() { EntryKind::Subject } else { EntryKind::Everyone };
        for (number, session) in self.sessions.iter_mut().enumerate() {
            if subject.is_none_or(|subject| session.subject == subject) && except != Some(number) {
                session.ended.push(by);
            }
        }
        self.made(now);
        let at = self.latest_begun.max(now + self.rules.leeway);
        self.cutoffs.push(Cutoff { at, subject, except, made: now, perhaps_gone: false });
    }

    /// Something was revoked or purged. Whoever does that may drop what has been kept long enough, by
    /// their clock or by one that was read before.
    pub(super) fn changed(&mut self, now: i64) {
        self.known = self.known.max(now);
        self.may_drop(self.known);
    }

    fn may_drop(&mut self, now: i64) {
        if now > self.first_entry.saturating_add(self.rules.retention) {
            self.dropped = self.dropped.max(now);
        }
        // Cutoffs for everyone need no room, and stay.
        for cutoff in self.cutoffs.iter_mut().filter(|cutoff| cutoff.subject.is_some()) {
            cutoff.perhaps_gone |= now > cutoff.made + self.rules.retention;
        }
    }
}
