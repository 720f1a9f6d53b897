//! What the denylist promises, rule by rule.

mod clocks;
mod expiry;
mod threads;

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use hallpass::key::SecretKey;
use hallpass::status::{EntryKind, Status, TokenFacts};
use hallpass::{
    Denylist, DenylistError, Issuer, KeyRing, Revocation, RevocationRequest, RevokeError, SessionId, TokenId,
    VerifyError,
};

use crate::support::{ISSUER, World, noon, payload, seconds};

/// Facts of a token that nothing forbids: begun an hour after noon.
fn facts(id: u128) -> TokenFacts<'static> {
    let id = id.to_be_bytes();
    TokenFacts::new(
        TokenId::from_bytes(id),
        SessionId::from_bytes(id),
        ISSUER,
        "alice",
        noon() + TimeDelta::hours(1),
        "k4.pid.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".parse().unwrap(),
    )
}

/// Facts that are the same but for this.
fn but<'a>(mut token: TokenFacts<'a>, change: impl FnOnce(&mut TokenFacts<'a>)) -> TokenFacts<'a> {
    change(&mut token);
    token
}

fn at_noon() -> Denylist {
    Denylist::builder().in_memory_at(noon()).unwrap()
}

fn spread(n: u128) -> u128 {
    // Odd, so that multiplying is one to one: distinct ids over all shards.
    n.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)
}

fn revoke<'a>(denylist: &Denylist, what: impl Into<RevocationRequest<'a>>, now: DateTime<Utc>) {
    denylist.revoke_at(what, now).wait().unwrap();
}

fn subject(subject: &str, except: Option<SessionId>) -> Revocation {
    Revocation::Subject { issuer: ISSUER.to_owned(), subject: subject.to_owned(), except }
}

/// Each list knows subjects by a secret of its own: what the one that admitted a session knows of its subject is not
/// what another goes by.
#[test]
fn a_session_that_one_list_admitted_is_judged_by_another_like_any() {
    let [here, there] = [World::new(), World::new()];
    let token = here.issuer.login_at("alice", noon()).unwrap();
    let session = here.verifier.verify_at(token.as_str(), noon()).unwrap();
    there.denylist.revoke_at(Revocation::subject(ISSUER, "alice"), noon()).wait().unwrap();
    let refused = there.denylist.revoke_at(session.elsewhere(), noon()).wait().unwrap_err();
    let by_subject = |why: &VerifyError| matches!(why, VerifyError::Revoked { by: EntryKind::Subject, .. });
    assert!(matches!(&refused, RevokeError::NotLive(why) if by_subject(why)), "{refused}");
    here.denylist.revoke_at(session.elsewhere(), noon()).wait().unwrap();
    assert!(here.verifier.verify_at(token.as_str(), noon()).is_ok());
}

#[test]
fn a_logout_ends_the_session_and_no_other() {
    let world = World::new();
    let [alice, bob] = ["alice", "bob"].map(|name| world.issuer.login_at(name, noon()).unwrap());
    let session = world.verifier.verify_at(alice.as_str(), noon()).unwrap();
    revoke(&world.denylist, &session, noon());
    let refused = world.verifier.verify_at(alice.as_str(), noon()).unwrap_err();
    assert_eq!(
        refused,
        VerifyError::Revoked { token_id: session.token_id(), session_id: session.session_id(), by: EntryKind::Id }
    );
    assert!(world.verifier.verify_at(bob.as_str(), noon()).is_ok());
}

#[test]
fn a_listed_id_counts_as_a_token_and_as_a_session() {
    let denylist = at_noon();
    let listed = TokenId::from_bytes(spread(1).to_be_bytes());
    revoke(&denylist, listed, noon());
    let other = facts(spread(2));
    assert_eq!(denylist.status_at(&other, noon()), Status::NotListed);
    assert_eq!(denylist.status_at(&but(other, |it| it.token_id = listed), noon()), Status::Listed(EntryKind::Id));
    let session_id = SessionId::from_bytes(listed.to_bytes());
    assert_eq!(denylist.status_at(&but(other, |it| it.session_id = session_id), noon()), Status::Listed(EntryKind::Id));
}

#[test]
fn a_status_is_as_of_now_unless_a_moment_is_named() {
    let denylist = Denylist::in_memory().unwrap();
    let token = but(facts(spread(1)), |it| it.auth_time = Utc::now() + seconds(30));
    assert_eq!(denylist.status(&token), Status::NotListed);
    revoke(&denylist, token.token_id, Utc::now());
    assert_eq!(denylist.status(&token), Status::Listed(EntryKind::Id));
}

/// The same claims encrypted twice are two texts.
#[test]
fn what_is_revoked_is_the_id_in_whatever_text_it_stands() {
    let world = World::local();
    let [one, other] = [(); 2].map(|()| world.sealed(payload(&[]).as_bytes()));
    assert_ne!(one, other);
    let session = world.verifier.verify_at(&one, noon()).unwrap();
    assert!(world.verifier.verify_at(&other, noon()).is_ok());
    revoke(&world.denylist, session.token_id(), noon());
    for text in [&one, &other, &world.sealed(payload(&[("note", Some("\"new\""))]).as_bytes())] {
        let refused = world.verifier.verify_at(text, noon()).unwrap_err();
        assert!(matches!(refused, VerifyError::Revoked { by: EntryKind::Id, .. }), "{refused}");
        assert!(refused.to_string().ends_with("is revoked: its id is listed, or its session's"), "{refused}");
    }
}

#[test]
fn revoking_twice_or_what_is_unknown_succeeds() {
    let denylist = at_noon();
    for _ in 0..3 {
        revoke(&denylist, SessionId::from_bytes([7; 16]), noon());
        revoke(&denylist, subject("nobody", None), noon());
        revoke(&denylist, Revocation::Everyone { except: None }, noon());
    }
    assert_eq!((denylist.stats().ids, denylist.stats().subjects), (1, 1));
}

#[test]
fn a_subjects_sessions_end_but_for_one_and_those_begun_later() {
    let denylist = at_noon();
    let (kept, ended) = (facts(spread(1)), facts(spread(2)));
    let now = kept.auth_time;
    revoke(&denylist, subject("alice", Some(kept.session_id)), now);
    assert_eq!(denylist.status_at(&kept, now), Status::NotListed);
    assert_eq!(denylist.status_at(&ended, now), Status::Listed(EntryKind::Subject));
    // Up to the leeway ahead: a session begun on a fast clock does not slip under.
    let fast = but(ended, |it| it.auth_time = now + seconds(10));
    let later = but(fast, |it| it.auth_time += TimeDelta::microseconds(1));
    assert_eq!(denylist.status_at(&fast, now), Status::Listed(EntryKind::Subject));
    assert_eq!(denylist.status_at(&later, now), Status::NotListed);
    // Bytes as given: another spelling is another subject, and so is another issuer's namesake.
    for (issuer, subject) in [
        (ISSUER, "Alice"),
        (ISSUER, "alice "),
        ("https://app.example/", "alice"),
        ("https://app.example".split_at(18).0, "ealice"),
    ] {
        assert_eq!(
            denylist.status_at(&but(ended, |it| (it.issuer, it.subject) = (issuer, subject)), now),
            Status::NotListed,
            "{issuer} {subject}"
        );
    }
    // A later cutoff that exempts nobody ends the one that was kept.
    revoke(&denylist, subject("alice", None), now);
    assert_eq!(denylist.status_at(&kept, now), Status::Listed(EntryKind::Subject));
}

#[test]
fn everyone_is_everyone_but_one() {
    let denylist = at_noon();
    let (kept, ended) = (facts(spread(1)), facts(spread(2)));
    let now = kept.auth_time;
    revoke(&denylist, Revocation::Everyone { except: Some(kept.session_id) }, now);
    assert_eq!(denylist.status_at(&kept, now), Status::NotListed);
    assert_eq!(denylist.status_at(&ended, now), Status::Listed(EntryKind::Everyone));
}

#[test]
fn a_key_stays_listed_until_it_is_forgotten_by_name() {
    let denylist = at_noon();
    let token = facts(spread(1));
    revoke(&denylist, token.key_id, noon());
    let much_later = noon() + TimeDelta::days(4000);
    denylist.purge_at(much_later);
    assert_eq!(denylist.status_at(&token, much_later), Status::Listed(EntryKind::Key));
    let by_another = but(token, |it| it.key_id = SecretKey::generate().unwrap().id());
    assert_eq!(denylist.status_at(&by_another, much_later), Status::NotListed);
    let renewed_from_it = but(by_another, |it| it.prior_key_ids = std::slice::from_ref(&token.key_id));
    assert_eq!(denylist.status_at(&renewed_from_it, much_later), Status::Listed(EntryKind::Key));
    assert!(denylist.forget_key(&token.key_id).is_some() && denylist.forget_key(&token.key_id).is_none());
    assert_eq!(denylist.status_at(&token, much_later), Status::NotListed);
}

#[test]
fn a_new_list_vouches_for_no_session_begun_before_it() {
    let before = World::new();
    let token = before.issuer.login_at("alice", noon()).unwrap();
    for (age, vouched) in [(0, false), (-10, false), (-11, true)] {
        // The same keys, and a list that was lost and made anew.
        let denylist = Denylist::builder().in_memory_at(noon() + seconds(age)).unwrap();
        let verifier = hallpass::Verifier::new(&before.keys, ISSUER, &denylist);
        let verified = verifier.verify_at(token.as_str(), noon() + seconds(1));
        assert_eq!(verified.is_ok(), vouched, "{age} {verified:?}");
    }
}

#[test]
fn a_login_right_after_the_list_is_made_or_everyone_is_logged_out_works_at_once() {
    let keys = KeyRing::generate().unwrap();
    let denylist = at_noon();
    let issuer = Issuer::new(&keys, ISSUER, &denylist);
    let verifier = hallpass::Verifier::new(&keys, ISSUER, &denylist);
    let first = issuer.login_at("alice", noon()).unwrap();
    let session = verifier.verify_at(first.as_str(), noon()).unwrap();
    assert_eq!((session.issued_at(), session.auth_time()), (noon(), noon() + seconds(10) + TimeDelta::microseconds(1)));

    for what in [Revocation::Everyone { except: None }, subject("alice", None)] {
        let old = issuer.login_at("alice", noon()).unwrap();
        revoke(&denylist, what, noon());
        let new = issuer.login_at("alice", noon()).unwrap();
        assert!(matches!(verifier.verify_at(old.as_str(), noon()), Err(VerifyError::Revoked { .. })));
        assert!(verifier.verify_at(new.as_str(), noon()).is_ok());
        // Once more, from a clock that is slow by the leeway.
        let slow = issuer.login_at("alice", noon() - seconds(9)).unwrap();
        assert!(verifier.verify_at(slow.as_str(), noon()).is_ok());
    }
}

#[test]
fn the_id_of_a_secret_half_revokes_nothing_and_says_so() {
    let denylist = at_noon();
    let id = SecretKey::generate().unwrap().secret_id();
    assert_eq!(denylist.revoke_at(id, noon()).wait(), Err(RevokeError::NotForTokens { id }));
    assert_eq!(denylist.stats().keys, 0);
}

#[test]
fn limits_out_of_range_are_refused() {
    let build = |longest: TimeDelta, leeway: TimeDelta| {
        Denylist::builder().longest_lifetime(longest).leeway(leeway).in_memory()
    };
    for (longest, leeway) in
        [(0, 10), (-1, 10), (30 * 86_400 + 1, 10), (900, -1), (900, 61), (i64::MAX / 1000, 10), (900, i64::MAX / 1000)]
    {
        assert!(
            matches!(build(seconds(longest), seconds(leeway)), Err(DenylistError::Limits(_))),
            "{longest} {leeway}"
        );
    }
    for (longest, leeway) in [(1, 0), (30 * 86_400, 60)] {
        assert!(build(seconds(longest), seconds(leeway)).is_ok());
    }
}

#[test]
fn the_result_of_revoking_can_be_awaited() {
    let denylist = at_noon();
    let mut revoking = std::pin::pin!(denylist.revoke_at(TokenId::from_bytes([1; 16]), noon()));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(Ok(receipt)) = revoking.as_mut().poll(&mut context) else {
        panic!("a list in memory is ready at once")
    };
    assert_eq!(receipt.everywhere_by(), noon());
}

#[test]
fn ids_are_random_and_distinct() {
    let world = World::new();
    let ids: HashSet<TokenId> =
        (0..1000).map(|_| world.issuer.login_at("alice", noon()).unwrap().registered().token_id()).collect();
    assert_eq!(ids.len(), 1000);
    // Each of the 128 bits is set in about half of them: beyond these bounds by chance once in 10^20.
    for bit in 0..128 {
        let set = ids.iter().filter(|id| id.to_bytes()[bit / 8] >> (bit % 8) & 1 == 1).count();
        assert!((350..=650).contains(&set), "bit {bit} is set in {set}");
    }
}
