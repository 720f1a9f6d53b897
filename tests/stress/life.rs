//! A token with all by which it may be ended.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hallpass::Session;
use parking_lot::Mutex;

/// Something that is revoked once, or never: a session, a key, whatever has begun by some cutoff.
#[derive(Default)]
pub(crate) struct Cause {
    asked: AtomicBool,
    ended: AtomicBool,
}

impl Cause {
    /// Ends it by this, which returns when that is acknowledged.
    pub(crate) fn end(&self, revoke: impl FnOnce()) {
        self.asked.store(true, Ordering::Release);
        revoke();
        self.ended.store(true, Ordering::Release);
    }

    /// Somebody has begun to revoke it.
    pub(crate) fn is_asked(&self) -> bool {
        self.asked.load(Ordering::Acquire)
    }

    /// It was revoked, and that is acknowledged.
    fn is_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }
}

/// What will end all that begins now, until it has ended what had begun and another takes its place.
#[derive(Default)]
pub(crate) struct Cutoffs(Mutex<Arc<Cause>>);

impl Cutoffs {
    pub(crate) fn next(&self) -> Arc<Cause> {
        Arc::clone(&self.0.lock())
    }

    pub(crate) fn end(&self, revoke: impl FnOnce()) {
        let cause = self.next();
        cause.end(revoke);
        *self.0.lock() = Arc::default();
    }
}

pub(crate) struct Life {
    pub(crate) token: String,
    pub(crate) session: Session,
    /// The session's own end.
    pub(crate) logout: Arc<Cause>,
    /// What else ends it: cutoffs, and its keys.
    pub(crate) others: Vec<Arc<Cause>>,
}

impl Life {
    fn causes(&self) -> impl Iterator<Item = &Arc<Cause>> {
        std::iter::once(&self.logout).chain(&self.others)
    }

    /// Nobody has to accept it any more.
    pub(crate) fn is_asked(&self) -> bool {
        self.causes().any(|cause| cause.is_asked())
    }

    /// Nobody may accept it any more.
    pub(crate) fn is_over(&self) -> bool {
        self.causes().any(|cause| cause.is_ended())
    }
}
