//! What is read or looked at page by page.

use super::*;

#[test]
fn a_snapshot_is_read_and_then_looked_at_and_only_a_look_makes_it_whole_and_fresh() {
    let header = header();
    let mut follower = Follower::new(header, SECOND);
    let (actions, next) = follower.step(Event::Looked { began: at(0), look: look(header, at(0), false) }, at(1));
    assert_eq!((actions, next), (Vec::new(), Next::Read(Cursor::from_bytes(&[1]))));
    assert!(
        matches!(follower.step(Event::Read(Ok(page(false))), at(2)), (actions, Next::Read(_)) if actions.is_empty())
    );
    assert!(
        matches!(follower.step(Event::Read(Ok(page(true))), at(3)), (actions, Next::Look(_)) if actions.is_empty())
    );
    // However much has come meanwhile, it is looked at from now on.
    let (_, next) = follower.step(Event::Looked { began: at(4), look: look(header, at(4), false) }, at(5));
    assert!(matches!(next, Next::Look(_)));
    let (actions, next) = follower.step(Event::Looked { began: at(6), look: look(header, at(6), true) }, at(7));
    assert!(
        matches!(actions[..], [Action::Whole { .. }, Action::Fresh { since, .. }] if since == at(4)),
        "{actions:?}"
    );
    assert!(matches!(next, Next::Look(_)));
}

#[test]
fn what_is_new_is_looked_at_to_its_end_however_much_it_is() {
    let header = header();
    let mut follower = whole(header);
    for now in [SECOND, SECOND + 10, SECOND + 20] {
        let (actions, next) =
            follower.step(Event::Looked { began: at(now), look: look(header, at(now), false) }, at(now));
        assert!(actions.is_empty() && matches!(next, Next::Look(_)), "{actions:?} {next:?}");
    }
    let now = at(SECOND + 30);
    let (actions, _) = follower.step(Event::Looked { began: now, look: look(header, now, true) }, now);
    assert!(matches!(actions[..], [Action::Fresh { .. }]), "{actions:?}");
}

/// A page that is not the first may go by the first one's snapshot, as PostgreSQL's do: whoever revoked in between, in a
/// transaction that had begun before, is not in it.
#[test]
fn what_is_looked_at_page_by_page_is_known_as_of_the_first_page_and_looked_at_once_more() {
    let header = header();
    let mut follower = whole(header);
    let mut step = |began: i64, is_last: bool| {
        let began = at(SECOND + began);
        let (actions, next) = follower.step(Event::Looked { began, look: look(header, began, is_last) }, began);
        (actions, next, follower.is_amid_pages(), follower.looked)
    };
    let (_, _, is_amid_pages, _) = step(0, false);
    assert!(is_amid_pages, "nobody who asks now is answered by this reading");
    step(10, false);
    let (actions, next, is_amid_pages, looked) = step(20, true);
    assert!(matches!(actions[..], [Action::Fresh { since, .. }] if since == at(SECOND)), "{actions:?}");
    assert!(matches!(next, Next::Look(_)) && !is_amid_pages, "{next:?}");
    assert_eq!(looked, Some(at(SECOND).wall));
    let (actions, next, ..) = step(30, true);
    assert!(matches!(actions[..], [Action::Fresh { since, .. }] if since == at(SECOND + 30)), "{actions:?}");
    assert!(matches!(next, Next::Wait(_)), "{next:?}");
}

#[test]
fn a_snapshot_whose_reading_was_interrupted_is_known_as_of_its_first_page() {
    let header = header();
    let mut follower = Follower::new(header, SECOND);
    follower.step(Event::Looked { began: at(0), look: look(header, at(0), false) }, at(1));
    assert!(matches!(follower.step(Event::Read(Err(away())), at(2)).1, Next::Pause(_)));
    assert!(matches!(follower.step(Event::Woken { asked: true }, at(SECOND)).1, Next::Look(_)));
    let began = at(SECOND);
    let (actions, next) = follower.step(Event::Looked { began, look: look(header, began, true) }, began);
    assert!(
        matches!(actions[..], [Action::Recovered, Action::Whole { .. }, Action::Fresh { since, .. }] if since == at(0)),
        "{actions:?}"
    );
    assert!(matches!(next, Next::Look(_)), "{next:?}");
}
