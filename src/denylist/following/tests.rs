//! The thread that follows, step by step.

use super::*;
use crate::denylist::Denylist;
use crate::denylist::keeping::Keeping;
use crate::id::SessionId;
use crate::revocation::Revocation;
use crate::testing::MemoryEngine;

fn following(header: Header) -> Following {
    let store = MemoryEngine::new().open(header).unwrap();
    Following::new(Arc::new(store), Freshness::new(1_000_000, 0, 1_000_000))
}

/// Else an engine that is away would cost a processor.
#[test]
fn a_pause_takes_its_time_unless_the_thread_is_to_end() {
    let following = following(Denylist::builder().header(now()).unwrap());
    let lasts = |millis: u32| {
        let clock = Monotonic::start();
        following.pause(Duration::from_millis(millis.into()));
        clock.micros() >= i64::from(millis) * 1_000
    };
    assert!(lasts(20));
    following.end();
    assert!(!lasts(5_000));
}

/// What has expired by this process's clocks alone may count still, and what the store lacks counts for as long as the
/// rest once it is there.
#[test]
fn nothing_is_dropped_while_the_engine_is_away_or_lacks_something() {
    let builder = Denylist::builder();
    let header = builder.header(now()).unwrap();
    let following = Arc::new(following(header));
    let list = builder.list(&header, now()).unwrap().of_several();
    let shared = Arc::new(list.shared(Keeping::Memory, Some(Arc::clone(&following)), 0));
    let session = Revocation::Session(SessionId::from_bytes([7; 16]));
    shared.set.revoke(&session, now().timestamp_micros(), |_| ()).unwrap();
    let expired = (now() + header.retention() * 2).timestamp_micros();
    let since = following.moment();
    let (shared_by, gathering) = (Arc::downgrade(&shared), Gathering::default());
    let mut work =
        Work { shared: shared_by, following, asking: Vec::new(), gathering, is_settled: true, lost_in: None };
    let failed = || Action::Failed { error: StoreErrorKind::Io.into(), again: true };
    let fresh = || Action::Fresh { since, engine_ahead: 0 };
    for (action, is_settled, left) in [(failed(), true, 1), (fresh(), false, 1), (fresh(), true, 0)] {
        work.is_settled = is_settled;
        work.carry_out(&shared, action, Dated { engine: expired, expired }, false);
        shared.set.purge(expired);
        assert_eq!(shared.set.counts().ids, left);
    }
}
