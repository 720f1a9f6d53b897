//! What is taken, when, and after waiting for whom.

use std::cell::Cell;

use super::*;
use crate::record::Fact;
use crate::store::StoreErrorKind;
use crate::time::Monotonic;

fn record() -> Record {
    Fact::Issued { at: 0 }.into()
}

#[cfg(feature = "tower")]
#[test]
fn what_was_handed_over_is_pending_until_it_is_saved() {
    let queue = Queue::default();
    let is_pending = |batch: &Arc<Batch>| Arc::ptr_eq(&queue.pending().unwrap().unwrap(), batch);
    assert!(queue.pending().unwrap().is_none());
    let first = queue.add(record(), None).unwrap();
    assert!(is_pending(&first), "while it waits");
    let _in_hand = queue.take(false, || ());
    assert!(is_pending(&first), "while it is written");
    let second = queue.add(record(), None).unwrap();
    assert!(is_pending(&second), "the last of two");
    let _in_hand = queue.take(false, || ());
    queue.saved();
    assert!(queue.pending().unwrap().is_none());
}

#[test]
fn first_uses_that_find_no_room_or_a_store_that_fails_are_counted_and_take_none() {
    let (full, failing) = (Queue::default(), Queue::default());
    (0..MOST_BEHIND).for_each(|_| full.add_behind(record()));
    drop(failing.poison(StoreErrorKind::Io.into(), 0));
    for (queue, kept) in [(full, MOST_BEHIND), (failing, 0)] {
        assert_eq!(queue.stats().first_uses_lost, 0);
        queue.add_behind(record());
        assert_eq!(queue.stats().first_uses_lost, 1);
        queue.purge(0);
        assert_eq!(queue.take(false, || ()).records.len(), kept);
    }
}

/// How often the thread steps aside while somebody comes at each turn that is a multiple of `each`.
fn turns(queue: &Queue, gather: impl FnOnce(&Queue, &dyn Fn()), each: u32) -> u32 {
    let turns = Cell::new(0_u32);
    gather(queue, &|| {
        turns.set(turns.get() + 1);
        if turns.get().is_multiple_of(each) {
            queue.add(record(), None).unwrap();
        }
    });
    turns.get()
}

const NEVER: u32 = u32::MAX;

#[test]
fn whoever_is_on_the_way_is_waited_for_and_nobody_for_long() {
    let turns = |expected, each| turns(&Queue::default(), |queue, step| queue.gather(expected, step), each);
    assert_eq!(turns(3, 40), 120, "each who comes is a reason to wait for the next");
    assert_eq!(turns(3, NEVER), PATIENCE);
    assert_eq!(turns(usize::MAX, 1), LONGEST_PATIENCE, "a stream");
    assert_eq!(turns(0, NEVER), 0, "nobody is expected");
}

/// Of those who were told about a batch, if they were several.
#[test]
fn those_who_were_told_together_are_waited_for_unless_the_list_is_closed() {
    for (told, is_closing, expected) in [(1, false, (0, 1)), (2, false, (10, 3)), (2, true, (0, 1))] {
        let queue = Queue::default();
        let come = |how_many| (0..how_many).for_each(|_| drop(queue.add(record(), None).unwrap()));
        come(told);
        let in_hand = queue.take(false, || ());
        // While it is written.
        come(1);
        queue.saved();
        drop(in_hand);
        if is_closing {
            queue.close();
        }
        let taken = Cell::new(0);
        let turns = turns(&queue, |queue, step| taken.set(queue.take(false, step).records.len()), 5);
        assert_eq!((turns, taken.get()), expected);
    }
}

#[test]
fn the_next_attempt_waits_unless_it_is_due_or_the_last() {
    let queue = Queue::default();
    let waits_for = |millis: u32| {
        let clock = Monotonic::start();
        drop(queue.take_after(Duration::from_millis(millis.into())));
        clock.micros() >= i64::from(millis) * 1_000
    };
    assert!(waits_for(20));
    queue.try_again();
    assert!(!waits_for(5_000));
    assert!(waits_for(20), "it was due once");
    queue.close();
    assert!(!waits_for(5_000));
}
