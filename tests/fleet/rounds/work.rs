//! What goes on all the while: some log in and revoke, on any of the lists; others verify what there is, on each.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, RwLock};
use std::thread::sleep;
use std::time::{Duration, Instant};

use hallpass::{Revocation, RevocationRequest, RevokeError, Verifier, VerifyError};

use super::fleet::{Fleet, ISSUER};
use super::history::{Begun, History, Revoked, Said, Verified, What};
use super::random::Random;

/// What is asked most about: the last few sessions.
const RECENT: usize = 40;

pub(super) struct Work<'a> {
    pub(super) fleet: &'a Fleet,
    sessions: RwLock<Vec<Arc<Begun>>>,
    acknowledged: AtomicUsize,
    is_over: AtomicBool,
}

/// Ends the work, also when the round comes to grief.
pub(super) struct Ending<'w, 'a>(pub(super) &'w Work<'a>);

impl Drop for Ending<'_, '_> {
    fn drop(&mut self) {
        self.0.is_over.store(true, Ordering::SeqCst);
    }
}

impl<'a> Work<'a> {
    pub(super) fn over(fleet: &'a Fleet) -> Self {
        Self { fleet, sessions: RwLock::default(), acknowledged: AtomicUsize::new(0), is_over: AtomicBool::new(false) }
    }

    fn goes_on(&self) -> bool {
        !self.is_over.load(Ordering::SeqCst)
    }

    pub(super) fn sessions(&self) -> Vec<Arc<Begun>> {
        self.sessions.read().unwrap().clone()
    }

    /// Until so many more revocations were acknowledged.
    pub(super) fn acknowledge(&self, more: usize) {
        let (before, until) = (self.acknowledged.load(Ordering::SeqCst), Instant::now() + Duration::from_secs(10));
        while self.acknowledged.load(Ordering::SeqCst) < before + more {
            assert!(Instant::now() < until, "nothing is acknowledged any more");
            sleep(Duration::from_millis(1));
        }
    }

    pub(super) fn log_in(&self, on: usize, subject: &str) -> Arc<Begun> {
        let token = self.fleet.members[on].issuer.login(subject).expect("a login");
        let begun = self.fleet.clock.now();
        let (session, token_id) = (token.registered().session_id(), token.registered().token_id());
        let dated = self.fleet.clock.when(token.registered().auth_time());
        let mut sessions = self.sessions.write().unwrap();
        let number = sessions.len();
        let (text, subject) = (token.into_string(), subject.to_owned());
        let session = Arc::new(Begun { number, text, session, token: token_id, subject, begun, dated });
        sessions.push(Arc::clone(&session));
        session
    }

    /// One who revokes, until the work is over.
    pub(super) fn revoke(&self, name: usize, mut random: Random) -> History {
        let mut history = History::default();
        let members = self.fleet.members.len();
        for turn in 0.. {
            if !self.goes_on() {
                break;
            }
            // Nobody logs in under this name after it was revoked, so that no session has to come after a cutoff.
            let subject = format!("subject {turn} of {name}");
            let begun: Vec<_> =
                (0..1 + random.below(3)).map(|_| self.log_in(random.below(members), &subject)).collect();
            sleep(Duration::from_millis(random.between(0, 10).unsigned_abs()));
            let (on, begun) = (random.below(members), &begun[random.below(begun.len())]);
            self.revoke_one(on, begun, random.below(4), &mut history);
        }
        history
    }

    fn revoke_one(&self, on: usize, begun: &Begun, how: usize, history: &mut History) {
        let (member, clock) = (&self.fleet.members[on], &self.fleet.clock);
        // By what was verified before, as a logout is: its status may be unknown by now.
        let session = (how == 0).then(|| member.verifier.verify(&begun.text).ok()).flatten();
        let (what, request) = match (how, &session) {
            (0, Some(session)) => (What::One(begun.number), session.into()),
            (1, _) => (What::One(begun.number), begun.token.into()),
            (2, _) => {
                let all = Revocation::subject(ISSUER, &begun.subject);
                (What::Subject(begun.subject.clone()), RevocationRequest::from(all))
            }
            _ => (What::One(begun.number), begun.session.into()),
        };
        let asked = clock.now();
        let revoking = member.denylist.revoke(request);
        let returned = clock.now();
        let result = revoking.wait();
        let (mut in_force, mut everywhere_by) = (Some(returned), None);
        match result {
            Ok(receipt) => {
                everywhere_by = Some(clock.when(receipt.everywhere_by()));
                self.acknowledged.fetch_add(1, Ordering::SeqCst);
            }
            Err(RevokeError::NotShared(_)) => {}
            // All have to log in again: it was over before.
            Err(RevokeError::NotLive(_)) => in_force = None,
            Err(error) => history.strange.push(format!("revoking {what:?} on {on}: {error}")),
        }
        if everywhere_by.is_none() {
            // While the engine is away each is refused at once: a crowd of them would only make the round long.
            sleep(Duration::from_millis(20));
        }
        history.revoked.push(Revoked { what, on, asked, in_force, everywhere_by });
    }

    /// One who verifies on one list, until the work is over.
    pub(super) fn verify(&self, on: usize, mut random: Random) -> History {
        let mut history = History::default();
        while self.goes_on() {
            for _ in 0..8 {
                let session = {
                    let sessions = self.sessions.read().unwrap();
                    let from = if random.once_in(3) { 0 } else { sessions.len().saturating_sub(RECENT) };
                    let count = sessions.len() - from;
                    if count == 0 {
                        break;
                    }
                    Arc::clone(&sessions[from + random.below(count)])
                };
                match self.ask(&session, on, &self.fleet.members[on].verifier) {
                    Ok(verified) => history.verified.push(verified),
                    Err(strange) => history.strange.push(strange),
                }
            }
            sleep(Duration::from_micros(500));
        }
        history
    }

    pub(super) fn ask(&self, session: &Begun, on: usize, verifier: &Verifier) -> Result<Verified, String> {
        let began = self.fleet.clock.now();
        let said = match verifier.verify(&session.text) {
            Ok(_) => Said::Accepted,
            Err(VerifyError::Revoked { by, .. }) => Said::Revoked(by),
            Err(VerifyError::StatusUnknown) => Said::Unknown,
            Err(error) => return Err(format!("verifying {} on {on}: {error}", session.number)),
        };
        Ok(Verified { number: session.number, on, began, ended: self.fleet.clock.now(), said })
    }
}
