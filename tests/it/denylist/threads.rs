//! What threads do at the same time.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use hallpass::status::{EntryKind, Status};
use hallpass::{Denylist, TokenId};

use super::{at_noon, but, facts, revoke, spread, subject};
use crate::support::{noon, seconds};

#[test]
fn what_was_acknowledged_is_never_missed_while_shards_are_rebuilt() {
    const WRITERS: u128 = 3;
    const EACH: u128 = 30_000;
    const STEPS: i32 = 60;
    let denylist = at_noon();
    // One of each part of the list for each step that the clock makes later on.
    let retention = denylist.limits().retention();
    let step = retention / 64;
    for (nth, part) in (0..STEPS).flat_map(|nth| (0..64_u8).map(move |part| (nth, part))) {
        let mut id = [part << 2; 16];
        id[15] = nth as u8;
        revoke(&denylist, TokenId::from_bytes(id), noon() + step * nth);
    }
    let (begin, end) = (noon() + retention, noon() + retention * 2);
    let acknowledged: Vec<AtomicUsize> = (0..WRITERS).map(|_| AtomicUsize::new(0)).collect();
    let writing = AtomicUsize::new(WRITERS as usize);
    let id = |writer: u128, n: u128| spread(writer << 64 | n);
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (denylist, acknowledged, writing) = (&denylist, &acknowledged, &writing);
            scope.spawn(move || {
                for n in 0..EACH {
                    revoke(denylist, TokenId::from_bytes(id(writer, n).to_be_bytes()), begin);
                    acknowledged[writer as usize].store(n as usize + 1, Ordering::Release);
                }
                writing.fetch_sub(1, Ordering::Release);
            });
        }
        // Growth rebuilds shards all the time. So does this: in each of them something has expired at each step.
        scope.spawn(|| {
            while writing.load(Ordering::Acquire) > 0 {
                let done: usize = acknowledged.iter().map(|known| known.load(Ordering::Relaxed)).sum();
                denylist.purge_at(begin + step * (STEPS * done as i32 / (WRITERS * EACH) as i32));
            }
        });
        scope.spawn(|| {
            let mut turn = 0_u128;
            while writing.load(Ordering::Acquire) > 0 {
                turn += 1;
                for writer in 0..WRITERS {
                    let known = acknowledged[writer as usize].load(Ordering::Acquire) as u128;
                    // The newest, and one of the others.
                    for n in [known.wrapping_sub(1), spread(turn) % known.max(1)] {
                        if n < known {
                            assert_eq!(
                                denylist.status_at(&facts(id(writer, n)), end),
                                Status::Listed(EntryKind::Id),
                                "{writer} {n}"
                            );
                        }
                    }
                    assert_eq!(denylist.status_at(&facts(id(WRITERS, turn)), end), Status::NotListed);
                }
            }
        });
    });
    denylist.purge_at(end);
    assert_eq!(denylist.stats().ids, (WRITERS * EACH) as usize);
    for writer in 0..WRITERS {
        assert!((0..EACH).all(|n| denylist.status_at(&facts(id(writer, n)), end) == Status::Listed(EntryKind::Id)));
    }
}

#[test]
fn cutoffs_are_never_missed_while_their_filter_is_made_anew() {
    let denylist = at_noon();
    let done = AtomicBool::new(false);
    let known = AtomicUsize::new(0);
    let names: Vec<String> = (0..20_000).map(|n| format!("user-{n}")).collect();
    let of = |name: &'static str| but(facts(1), |it| (it.subject, it.auth_time) = (name, noon() + seconds(11)));
    let names: &'static [String] = names.leak();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for (n, name) in names.iter().enumerate() {
                // The list was made at noon; these are cutoffs of their own, a second later.
                revoke(&denylist, subject(name, None), noon() + seconds(1));
                known.store(n + 1, Ordering::Release);
            }
            done.store(true, Ordering::Release);
        });
        scope.spawn(|| {
            let mut turn = 0;
            while !done.load(Ordering::Acquire) {
                let known = known.load(Ordering::Acquire);
                turn += 7919;
                for n in [known.saturating_sub(1), turn % known.max(1)] {
                    if n < known {
                        let status = denylist.status_at(&of(&names[n]), noon());
                        assert_eq!(status, Status::Listed(EntryKind::Subject), "{n}");
                    }
                }
            }
        });
    });
    for name in names {
        assert_eq!(denylist.status_at(&of(name), noon()), Status::Listed(EntryKind::Subject), "{name}");
    }
    assert_eq!(denylist.status_at(&of("somebody else"), noon()), Status::NotListed);
}

#[test]
fn threads_fill_a_list_to_its_capacity_and_not_beyond() {
    let denylist = Denylist::builder().capacity(5000).in_memory_at(noon()).unwrap();
    let accepted: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4_u128)
            .map(|thread| {
                let denylist = &denylist;
                scope.spawn(move || {
                    (0..2000)
                        .filter(|n| {
                            denylist
                                .revoke_at(TokenId::from_bytes(spread(thread << 64 | n).to_be_bytes()), noon())
                                .wait()
                                .is_ok()
                        })
                        .count()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!((accepted, denylist.stats().ids), (5000, 5000));
}
