//! `hallpass revoke`: what is taken back is refused from then on, and nothing else is.

use chrono::{SecondsFormat, Utc};
use hallpass::KeyRing;
use hallpass::key::{KeySet, SecretKey};
use hallpass::{Denylist, TokenId};

use super::service::{Service, ago, done, text};
use super::{hallpass, hallpass_reads, issue, verify};
use crate::support::ISSUER;

#[test]
fn a_session_is_revoked_by_its_token_and_again() {
    let service = Service::new();
    let (token, other) = (service.issue(&[]), service.issue(&[]));
    assert_eq!(service.accepts(&token)["sub"], "alice");
    for _ in 0..2 {
        done(service.revoke_token(&token, &[]));
        service.refuses(&token, "is revoked: its id is listed");
    }
    service.accepts(&other);
    // By the token alone nobody can tell.
    verify(&service.key, &token, &[]).session();
}

#[test]
fn a_session_goes_with_all_its_tokens_or_one_token_alone() {
    let service = Service::new();
    let denylist = service.runs();
    let first = service.issuer(&denylist).login("alice").unwrap().into_string();
    let second = service.renewed(&denylist, &first, ago(-1)).into_string();
    drop(denylist);
    done(service.revoke_token(&second, &["--only-this"]));
    service.refuses(&second, "is revoked");
    service.accepts(&first);
    // The first token of a session has the session's id.
    done(service.revoke_token(&second, &[]));
    service.refuses(&first, "is revoked");
    assert_eq!(service.lines().len(), 2);

    let denylist = service.runs();
    let first = service.issuer(&denylist).login("alice").unwrap().into_string();
    let second = service.renewed(&denylist, &first, ago(-1)).into_string();
    drop(denylist);
    done(service.revoke_token(&first, &["--only-this"]));
    service.refuses(&second, "is revoked");
}

#[test]
fn an_expired_token_revokes_the_session_that_lives_on() {
    let service = Service::new();
    let denylist = Denylist::builder().open_at(&service.list, ago(1800)).unwrap();
    let expired = service.issuer(&denylist).login_at("alice", ago(1800)).unwrap().into_string();
    let between = service.renewed(&denylist, &expired, ago(1200)).into_string();
    let latest = service.renewed(&denylist, &between, ago(600)).into_string();
    drop(denylist);
    service.refuses(&expired, "expired at");
    service.accepts(&latest);
    done(service.revoke_token(&expired, &[]));
    service.refuses(&latest, "is revoked");
}

#[test]
fn a_token_of_another_time_is_authentic_too() {
    let service = Service::new();
    for at in [ago(-86_400 * 300), ago(86_400 * 300)] {
        let at = at.to_rfc3339_opts(SecondsFormat::Micros, true);
        let token = issue(&service.key, &["--at", &at, "--lifetime", "30d"]).prints();
        done(service.revoke_token(&token, &[]));
    }
    let session = issue(&service.key, &[]).prints();
    let claims = verify(&service.key, &session, &[]).session();
    let later = |seconds: i64| ago(-seconds).to_rfc3339_opts(SecondsFormat::Micros, true);
    // Not before tomorrow.
    let mut payload = claims.as_object().unwrap().clone();
    payload.insert("nbf".to_owned(), later(86_400).into());
    payload.insert("exp".to_owned(), later(90_000).into());
    let payload = serde_json::to_string(&payload).unwrap();
    let kid = service.keys.set().current().unwrap().id();
    let token = crate::support::seal(
        service.keys.set().current().unwrap(),
        payload.as_bytes(),
        format!("{{\"kid\":\"{kid}\"}}").as_bytes(),
    );
    verify(&service.key, &token, &["--longest-lifetime", "30d"]).fails(2, "not valid before");
    done(service.revoke_token(&token, &[]));
    assert_eq!(service.lines().len(), 3);
}

#[test]
fn a_key_whose_time_is_over_proves_what_it_signed_in_its_time_and_a_retired_one_proves_nothing() {
    let service = Service::new();
    let at = ago(7200).to_rfc3339_opts(SecondsFormat::Micros, true);
    let token = issue(&service.key, &["--at", &at]).prints();
    let later = issue(&service.key, &[]).prints();
    let set = service.keys.set().with_next(SecretKey::generate().unwrap()).unwrap();
    let past = service.desk.file("past", &set.rotated(ago(3600)).unwrap().to_text());
    let retired = set.with_retired(set.current().unwrap().id()).unwrap();
    let retired = service.desk.file("retired", &retired.to_text());
    let revoke = |key: &str, token: &str| {
        let args = ["revoke", "--denylist", &service.list, "token", "--key", key, "--issuer", ISSUER];
        hallpass_reads(&args, token.as_bytes())
    };
    verify(&past, &token, &[]).fails(2, "verified until");
    revoke(&past, &later).fails(2, "verified until");
    revoke(&past, &forged(&token)).fails(2, "not authentic");
    revoke(&retired, &token).fails(2, "is retired");
    assert_eq!(service.lines().len(), 0);
    done(revoke(&past, &token));
    assert_eq!(service.lines().len(), 1);
}

fn forged(token: &str) -> String {
    let mut forged = token.to_owned().into_bytes();
    forged[30] = if forged[30] == b'A' { b'B' } else { b'A' };
    String::from_utf8(forged).unwrap()
}

#[test]
fn what_is_not_authentic_is_refused_and_revokes_nothing() {
    let service = Service::new();
    let before = service.bytes();
    let token = service.issue(&[]);
    let for_somebody = service.issue(&["--audience", "https://api.example"]);
    service.revoke_token(&forged(&token), &[]).fails(2, "refused: not authentic");
    service.revoke_token(&Service::new().issue(&[]), &[]).fails(2, "a key that is not in the ring");
    service.revoke_token("", &[]).fails(2, "standard input is empty");
    service.revoke_token("certainly not a token", &[]).fails(2, "not four parts");
    service.revoke_token(&for_somebody, &[]).fails(2, "for the audience");
    service
        .revoke_token(&token, &["--audience", "https://api.example"])
        .fails(2, "for no audience, expected the audience \"https://api.example\"");
    let args = ["revoke", "--denylist", &service.list, "token", "--key", &service.key, "--issuer", "https://other"];
    hallpass_reads(&args, token.as_bytes()).fails(2, "issued by");
    assert_eq!(service.bytes(), before, "the file is as it was");
    done(service.revoke_token(&for_somebody, &["--audience", "https://api.example"]));
}

#[test]
fn a_session_is_revoked_by_its_id_whatever_that_begins_with() {
    let service = Service::new();
    let token = service.issue(&[]);
    let claims = service.accepts(&token);
    done(service.revoke(&["session", text(&claims["sid"])]));
    service.refuses(&token, "is revoked");
    for id in ["-hAAAAAAAAAAAAAAAAAAAA", "--AAAAAAAAAAAAAAAAAAAA", "-_AAAAAAAAAAAAAAAAAAAA"] {
        let id = format!("{id}A");
        let id = &id[..22];
        assert!(id.parse::<TokenId>().is_ok());
        done(service.revoke(&["session", id]));
        assert!(service.lines().iter().any(|line| line["id"] == id), "{id}");
        done(service.revoke(&["everyone", "--except", id]));
    }
    service.revoke(&["session", "alice"]).fails(1, "<SID>: an id is 22 characters");
}

#[test]
fn a_subject_is_logged_out_everywhere_but_in_one_session() {
    let service = Service::new();
    let (phone, laptop) = (service.issue(&[]), service.issue(&[]));
    let bobs = hallpass(&[
        "issue",
        "--key",
        &service.key,
        "--issuer",
        ISSUER,
        "--subject",
        "bob",
        "--denylist",
        &service.list,
    ])
    .prints();
    let stays = service.accepts(&laptop);
    done(service.revoke(&["subject", "alice", "--issuer", ISSUER, "--except", text(&stays["sid"])]));
    service.refuses(&phone, "a cutoff for its subject is listed");
    service.accepts(&laptop);
    service.accepts(&bobs);
    // The same name under another issuer is somebody else.
    done(service.revoke(&["subject", "bob", "--issuer", "https://other.example"]));
    service.accepts(&bobs);
    done(service.revoke(&["subject", "--issuer", ISSUER, "--", "bob"]));
    service.refuses(&bobs, "a cutoff for its subject is listed");
    done(service.revoke(&["subject", "alice", "--issuer", ISSUER]));
    service.refuses(&laptop, "a cutoff for its subject is listed");
    service.revoke(&["subject", "", "--issuer", ISSUER]).fails(1, "<SUB> needs a value");
    service.revoke(&["subject", "alice"]).fails(1, "missing --issuer <ISS>");
}

#[test]
fn a_session_begun_after_a_cutoff_is_not_under_it_if_the_list_was_asked() {
    let service = Service::new();
    done(service.revoke(&["subject", "alice", "--issuer", ISSUER]));
    service.accepts(&service.issue(&[]));
    service.refuses(&issue(&service.key, &[]).prints(), "a cutoff for its subject");
    done(service.revoke(&["everyone"]));
    service.accepts(&service.issue(&[]));
    service.refuses(&issue(&service.key, &[]).prints(), "a cutoff for everyone");
}

#[test]
fn the_leeway_is_how_far_a_cutoff_stands_ahead() {
    for (leeway, ahead) in [(&[][..], 10), (&["--leeway", "0s"], 0), (&["--leeway", "60s"], 60)] {
        let service = Service::new();
        done(service.revoke(&[leeway, &["everyone"]].concat()));
        let [line] = &service.lines()[..] else { panic!("one line") };
        let moment = |name: &str| text(&line[name]).parse::<chrono::DateTime<Utc>>().unwrap();
        assert_eq!((moment("begun_by") - moment("revoked")).num_seconds(), ahead);
    }
}

#[test]
fn everyone_is_logged_out_but_for_one_session() {
    let service = Service::new();
    let (token, stays) = (service.issue(&[]), service.issue(&[]));
    let session = service.accepts(&stays);
    done(service.revoke(&["everyone", "--except", text(&session["sid"])]));
    service.refuses(&token, "a cutoff for everyone is listed");
    service.accepts(&stays);
    done(service.revoke(&["everyone"]));
    service.refuses(&stays, "a cutoff for everyone is listed");
}

#[test]
fn a_key_is_revoked_and_forgotten() {
    let service = Service::new();
    let token = service.issue(&[]);
    let kid = hallpass(&["key", "id", "--key", &service.key]).prints();
    service.denylist(&["forget-key", &kid]).fails(1, &format!("the key {kid} is not revoked"));
    done(service.revoke(&["key", &kid]));
    service.refuses(&token, "its key is listed");
    issue(&service.key, &["--denylist", &service.list]).fails(1, &format!("the current key {kid} is revoked"));
    assert_eq!(service.lines()[0]["id"], *kid);
    done(service.denylist(&["forget-key", &kid]));
    service.accepts(&token);
    assert!(service.lines().is_empty());
    service.denylist(&["forget-key", &kid]).fails(1, "is not revoked");
    done(service.revoke(&["key", &kid]));
    service.refuses(&token, "its key is listed");

    let secret = SecretKey::generate().unwrap();
    let half = KeyRing::new(KeySet::issuing(secret)).set().current().unwrap().id().to_string().replace("pid", "sid");
    service.revoke(&["key", &half]).fails(1, "revoke its public half");
    service.revoke(&["key", "k4.pid.x"]).fails(1, "<KID>: a key id is");
}
