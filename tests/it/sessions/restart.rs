//! Step-up and change of privilege: a new session, and the end of the old one, in one call.

use hallpass::status::EntryKind;
use hallpass::{Issuer, Login, RenewError, Renewal, RevokeError, Timeouts, VerifyError};
use serde_json::json;

use super::{at, login, renew, verify};
use crate::support::{ISSUER, World, noon, seconds};

#[test]
fn step_up_begins_a_new_session_with_a_new_login_and_ends_the_old_one() {
    let world = World::new();
    let (old, session) = login(&world);
    let successor = renew(&world, &session, 300);
    let login = Login::new("alice").claims(&json!({"aal": 2})).unwrap();
    let new = world.issuer.step_up_at(&session, login, at(310)).unwrap().wait().unwrap();
    let stepped = verify(&world, &new, 310).unwrap();
    assert_ne!(stepped.session_id(), session.session_id());
    assert_eq!((stepped.auth_time(), stepped.generation()), (at(310), 0));
    assert_eq!(stepped.claims::<serde_json::Value>().unwrap(), json!({"aal": 2}));
    for token in [&old, &successor] {
        assert!(matches!(verify(&world, token, 310), Err(VerifyError::Revoked { by: EntryKind::Id, .. })));
    }
}

#[test]
fn a_change_of_privilege_keeps_the_login_and_its_absolute_timeout() {
    let mut world = World::local();
    world.issuer = world.issuer.timeouts(Timeouts::default().absolute(seconds(1000))).unwrap();
    let (old, session) = login(&world);
    let renewal = Renewal::of(&session).claims(&json!({"admin": true})).unwrap();
    let new = world.issuer.change_privilege_at(renewal, at(500)).unwrap().wait().unwrap();
    let changed = verify(&world, &new, 500).unwrap();
    assert_ne!(changed.session_id(), session.session_id());
    assert_eq!((changed.auth_time(), changed.generation()), (noon(), 0));
    assert_eq!(changed.expires_at(), at(1000));
    assert_eq!(changed.claims::<serde_json::Value>().unwrap(), json!({"admin": true}));
    assert!(matches!(verify(&world, &old, 500), Err(VerifyError::Revoked { .. })));
    // Back again, with the claims that it had, and then no further than the absolute timeout.
    let again = world.issuer.change_privilege_at(&changed, at(600)).unwrap().wait().unwrap();
    let again = verify(&world, &again, 600).unwrap();
    assert_eq!(again.claims::<serde_json::Value>().unwrap(), json!({"admin": true}));
    let refused = world.issuer.change_privilege_at(&again, at(1000)).unwrap_err();
    assert_eq!(refused, RenewError::NoMoreTime { expires_at: at(1000) });
    assert!(verify(&world, &new, 601).is_err());
}

#[test]
fn somebody_else_does_not_step_up() {
    let world = World::local();
    let (token, session) = login(&world);
    assert_eq!(world.issuer.step_up_at(&session, "bob", at(1)).unwrap_err(), RenewError::OtherSubject);
    assert!(verify(&world, &token, 1).is_ok());
}

#[test]
fn whoever_is_over_begins_nothing() {
    let world = World::local();
    let (_, session) = login(&world);
    let restarts = |after| {
        let stepped = world.issuer.step_up_at(&session, "alice", at(after)).map(drop);
        [stepped, world.issuer.change_privilege_at(&session, at(after)).map(drop)]
    };
    for restarted in restarts(910) {
        assert!(matches!(restarted, Err(RenewError::NotLive(VerifyError::Expired { .. }))));
    }
    world.denylist.revoke_at(&session, at(1)).wait().unwrap();
    for restarted in restarts(1) {
        assert!(matches!(restarted, Err(RenewError::NotLive(VerifyError::Revoked { .. }))));
    }
}

#[test]
fn of_two_that_replace_one_session_one_comes_first() {
    let world = World::local();
    for _ in 0..100 {
        let (_, session) = login(&world);
        let start = std::sync::Barrier::new(4);
        let step_up = || {
            start.wait();
            world.issuer.step_up_at(&session, "alice", at(1)).is_ok()
        };
        let winners = std::thread::scope(|scope| {
            let threads = [(); 4].map(|()| scope.spawn(step_up));
            threads.map(|thread| usize::from(thread.join().unwrap())).iter().sum::<usize>()
        });
        assert_eq!(winners, 1);
    }
}

#[test]
fn a_step_up_right_after_log_out_everywhere_else_works_and_a_change_of_privilege_says_why_not() {
    let world = World::local();
    let (token, session) = login(&world);
    world.denylist.revoke_at(session.elsewhere(), at(1)).wait().unwrap();
    assert_eq!(world.issuer.change_privilege_at(&session, at(1)).unwrap_err(), RenewError::Spared);
    assert!(verify(&world, &token, 1).is_ok());
    let new = world.issuer.step_up_at(&session, "alice", at(1)).unwrap().wait().unwrap();
    assert!(verify(&world, &new, 1).is_ok());
}

#[test]
fn when_the_old_session_can_not_be_ended_there_is_no_new_one() {
    let denylist = hallpass::Denylist::builder().capacity(0).in_memory_at(noon() - seconds(60)).unwrap();
    let keys = hallpass::KeyRing::generate_local().unwrap();
    let issuer = Issuer::new(&keys, ISSUER, &denylist);
    let verifier = hallpass::Verifier::new(&keys, ISSUER, &denylist);
    let token = issuer.login_at("alice", noon()).unwrap();
    let session = verifier.verify_at(token.as_str(), noon()).unwrap();
    let refused = issuer.step_up_at(&session, "alice", at(1)).unwrap_err();
    assert!(matches!(refused, RenewError::Revoke(RevokeError::Full { .. })));
    assert!(verifier.verify_at(token.as_str(), at(1)).is_ok());
}

#[tokio::test]
async fn a_restart_can_be_awaited() {
    let world = World::local();
    let (_, session) = login(&world);
    let new = world.issuer.step_up_at(&session, "alice", at(1)).unwrap().await.unwrap();
    assert!(verify(&world, &new, 1).is_ok());
}
