//! Clocks that are set between two runs of a server.

use chrono::TimeDelta;
use hallpass::store::{Contents, Cursor, RedbStore, pages};
use hallpass::{Denylist, Revocation, Verifier, VerifyError};

use super::header;
use super::restart::Server;
use crate::support::{ISSUER, noon, seconds};

#[test]
fn an_entry_counts_as_made_no_earlier_than_what_was_issued_before_the_restart() {
    let server = Server::new();
    let running = server.start(0);
    let token = running.log_in("alice", 900);
    let sid = running.verify(&token, 901).unwrap().session_id();
    drop(running);
    let running = server.start(1);
    running.denylist.revoke_at(sid, noon() + seconds(1)).wait().unwrap();
    let before = running.verify(&token, 895);
    assert!(matches!(before, Err(VerifyError::Revoked { .. })), "{before:?}");
    for after in [1100, 1241, 1300, 1500, 1700] {
        running.denylist.purge_at(noon() + seconds(after));
        let now = running.verify(&token, after);
        assert!(now.is_err(), "{after}: revoked, and yet good");
    }
}

/// Kept every ten seconds, and at closing.
#[test]
fn the_latest_login_is_kept_when_a_list_is_closed() {
    let server = Server::new();
    let running = server.start(0);
    for after in [100, 109] {
        drop(running.log_in("alice", after));
    }
    drop(running);
    let store = RedbStore::open(server.place.path(), header()).unwrap();
    let records = pages(&store, Cursor::start(), 100).flat_map(|page| page.unwrap().records);
    let issued = records.filter_map(|record| match record.contents() {
        Contents::Issued { at } => Some(at),
        _ => None,
    });
    assert_eq!(issued.max(), Some(noon() + seconds(109)));
}

/// A session that began just after a cutoff stands up to two leeways ahead, which nobody remembers after a restart.
#[test]
fn a_cutoff_after_a_restart_spares_nobody_though_the_clock_stepped_back() {
    for what in [Revocation::everyone(), Revocation::subject(ISSUER, "alice")] {
        let server = Server::new();
        let running = server.start(0);
        running.denylist.revoke_at(what.clone(), noon() + seconds(100)).wait().unwrap();
        // auth_time stands at 110 s and a microsecond.
        let token = running.log_in("alice", 101);
        running.verify(&token, 101).unwrap();
        drop(running);
        // The clock is 5 s back.
        let running = server.start(96);
        running.denylist.revoke_at(what.clone(), noon() + seconds(97)).wait().unwrap();
        assert!(running.verify(&token, 102).is_err(), "spared by {what:?}");
    }
}

/// The same by a smaller leeway (as of the command line, or another configuration).
#[test]
fn a_cutoff_under_a_smaller_leeway_spares_nobody() {
    let server = Server::new();
    let running = server.start_with(Denylist::builder().leeway(seconds(20)), 0);
    running.denylist.revoke_at(Revocation::everyone(), noon() + seconds(100)).wait().unwrap();
    let token = running.log_in("alice", 101);
    drop(running);
    let running = server.start_with(Denylist::builder().leeway(seconds(10)), 103);
    running.denylist.revoke_at(Revocation::everyone(), noon() + seconds(104)).wait().unwrap();
    assert!(running.verify(&token, 105).is_err(), "spared");
}

#[test]
fn a_first_use_that_is_dated_ahead_logs_nobody_out() {
    let server = Server::new();
    let hour = TimeDelta::hours(1);
    let running = server.start_with(Denylist::builder().longest_lifetime(hour), 0);
    let bystander = running.log_in("bob", 60);
    let token = running.log_in("alice", 60);
    let successor = running.renew(&token, 1300);
    running.verify(&successor, 1301 + 2000).unwrap();
    running.verify(&bystander, 1302).unwrap();
    drop(running);
    let running = server.start_with(Denylist::builder().longest_lifetime(hour), 1310);
    let still = running.verify(&bystander, 1311);
    assert!(still.is_ok(), "{still:?}");
}

#[test]
fn a_key_that_is_revoked_again_and_again_takes_room_once() {
    use hallpass::store::{Cursor, RedbStore, Store as _};
    let server = Server::new();
    let running = server.start(0);
    let id = server.keys.set().current().unwrap().id();
    for n in 0..200 {
        running.denylist.revoke_at(id, noon() + seconds(n)).wait().unwrap();
    }
    running.denylist.forget_key_at(&id, noon() + seconds(300)).unwrap().wait().unwrap();
    running.denylist.purge_at(noon() + seconds(86_400));
    drop(running);
    let store = RedbStore::open_read_only(server.place.path()).unwrap();
    let records = store.read(&Cursor::start(), 10_000).unwrap().records.len();
    assert!(records <= 2, "{records}");
}

/// The opening finds the clock behind a purge, and vouches anew with a cutoff two leeways ahead. Someone logs in, the
/// server restarts within seconds (no step of the clock any more), and they log out everywhere.
#[test]
fn everywhere_after_vouching_anew_and_a_restart_spares_nobody() {
    let server = Server::new();
    let running = server.start(0);
    running.denylist.revoke_at(hallpass::TokenId::from_bytes([9; 16]), noon()).wait().unwrap();
    running.denylist.purge_at(noon() + seconds(2000));
    super::until(|| running.denylist.stats().purged == Some(noon() + seconds(2000)));
    drop(running);
    let running = server.start(1000);
    let token = running.log_in("alice", 1001);
    running.verify(&token, 1001).unwrap();
    drop(running);
    let running = server.start(1003);
    let session = running.verify(&token, 1004).unwrap();
    running.denylist.revoke_at(session.everywhere(), noon() + seconds(1004)).wait().unwrap();
    assert!(running.verify(&token, 1005).is_err(), "logged out everywhere, and yet in");
}

/// Nothing was ever wrong with the clock: the file was made, someone logged in at once, and all restarted.
#[test]
fn everywhere_after_the_first_login_and_a_restart_spares_nobody() {
    let server = Server::new();
    let running = server.start(0);
    let token = running.log_in("alice", 0);
    drop(running);
    // NTP: 200 ms back.
    let denylist = Denylist::builder().open_at(server.place.path(), noon() - TimeDelta::milliseconds(200)).unwrap();
    let verifier = Verifier::new(&server.keys, ISSUER, &denylist);
    let session = verifier.verify_at(token.as_str(), noon() - TimeDelta::milliseconds(190)).unwrap();
    denylist.revoke_at(session.everywhere(), noon() - TimeDelta::milliseconds(180)).wait().unwrap();
    assert!(verifier.verify_at(token.as_str(), noon() + seconds(1)).is_err(), "logged out everywhere, and yet in");
}

#[test]
fn a_cutoff_after_a_restart_on_a_clock_that_stepped_back_spares_nobody_who_was_logged_in() {
    let server = Server::new();
    let running = server.start(0);
    let token = running.log_in("alice", 100);
    drop(running);
    let running = server.start(80);
    running.denylist.revoke_at(Revocation::everyone(), noon() + seconds(80)).wait().unwrap();
    assert!(running.verify(&token, 101).is_err(), "spared");
}

/// Clock 15 min ahead, something purged, set right, restart. What was revoked must not come back.
fn stays_revoked(everywhere: bool) {
    let server = Server::new();
    let running = server.start(-2000);
    running.denylist.revoke_at(hallpass::TokenId::from_bytes([9; 16]), noon() - seconds(1900)).wait().unwrap();
    let token = running.log_in("alice", 900);
    let session = running.verify(&token, 901).unwrap();
    if everywhere {
        running.denylist.revoke_at(session.everywhere(), noon() + seconds(901)).wait().unwrap();
    } else {
        running.denylist.revoke_at(&session, noon() + seconds(901)).wait().unwrap();
    }
    running.denylist.purge_at(noon() + seconds(902));
    super::until(|| running.denylist.stats().purged == Some(noon() + seconds(902)));
    assert!(running.verify(&token, 903).is_err());
    drop(running);
    let running = server.start(2);
    let mut back = Vec::new();
    for after in [895, 1000, 1190, 1210, 1300, 1500, 1700] {
        running.denylist.purge_at(noon() + seconds(after));
        if running.verify(&token, after).is_ok() {
            back.push(after);
        }
    }
    assert!(back.is_empty(), "revoked, acknowledged, and good again at {back:?}");
}

#[test]
fn a_session_of_a_clock_that_was_ahead_stays_revoked_though_it_purged() {
    stays_revoked(false);
}

#[test]
fn a_cutoff_of_a_clock_that_was_ahead_is_kept_though_it_purged() {
    stays_revoked(true);
}

/// Only a notice of a moment has expired: nothing that matters.
#[test]
fn an_expired_notice_of_a_moment_makes_nothing_unknown() {
    let server = Server::new();
    let running = server.start(0);
    let first = running.log_in("alice", 60);
    let token = running.log_in("alice", 900);
    drop((running, first));
    let running = server.start(1300);
    let at = running.verify(&token, 1230);
    assert!(at.is_ok(), "{at:?}");
}

/// Opened and closed by a clock that was an hour ahead; nothing was issued, revoked or dropped.
#[test]
fn a_list_that_a_clock_that_was_ahead_has_opened_and_closed_logs_nobody_out() {
    let server = Server::new();
    let running = server.start(0);
    let token = running.log_in("alice", 60);
    drop(running);
    drop(server.start(3600));
    let running = server.start(120);
    let at = running.verify(&token, 120);
    assert!(at.is_ok(), "{at:?}");
}

/// A malformed record, and a clock that was 15 min ahead: everyone is to log in once more, and nobody comes back.
#[test]
fn what_cannot_be_read_spares_nobody_whom_a_clock_that_was_ahead_has_let_in() {
    let server = Server::new();
    let running = server.start(0);
    let (token, stays) = (running.log_in("alice", 900), running.log_in("bob", 900));
    let session = running.verify(&token, 901).unwrap();
    running.denylist.revoke_at(session.everywhere(), noon() + seconds(901)).wait().unwrap();
    drop(running);
    super::put_last(&server.place.path(), &super::row(&[&[1, 99]]));
    let running = server.start(1);
    let at = [running.verify(&token, 895).is_ok(), running.verify(&stays, 895).is_ok()];
    assert_eq!(at, [false, false], "revoked everywhere and back; and not logged out once more");
}

/// Nobody began a session ahead; Alice's cutoff alone stands there.
#[test]
fn one_subjects_cutoff_makes_no_other_wait() {
    for restart in [false, true] {
        let server = Server::new();
        let mut running = server.start(0);
        let of = |subject: &str| Revocation::subject(ISSUER, subject);
        running.denylist.revoke_at(of("alice"), noon() + seconds(900)).wait().unwrap();
        if restart {
            drop(running);
            running = server.start(1);
        }
        running.denylist.revoke_at(of("bob"), noon() + seconds(2)).wait().unwrap();
        let bob = running.issuer.login_at("bob", noon() + seconds(3));
        assert!(bob.is_ok(), "restart {restart}: {:?}", bob.map(drop));
    }
}
