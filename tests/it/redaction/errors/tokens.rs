//! Tokens that are read, issued and renewed, and what an application says in them.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use hallpass::inspect::{FooterError, PayloadError, Unverified, UnverifiedError};
use hallpass::key::{IssuingKey, Key, KeySet};
use hallpass::testing::{Fault, Fixture, Sample, SampleError};
use hallpass::{Denylist, IssueError, Login, RenewError, Renewal, Revocation, Session, VerifyError};
use serde_json::json;

use super::super::Canary;
use super::super::shown::Shown;
use super::{PRIVATE, SUBJECT, keys, login};
use crate::support::{World, noon, payload, seconds};

fn world(key: &IssuingKey) -> World {
    World::with_keys(KeySet::issuing(key.clone()).into())
}

fn session(shown: &mut Shown, world: &World, login: Login<'_>) -> Session {
    let token = world.issuer.login_at(login, noon()).unwrap();
    shown.hide("a token", Canary::of_token(token.as_str()));
    world.verifier.verify_at(token.as_str(), noon()).unwrap()
}

/// What is refused by what it says, though its key is the right one.
pub(super) fn read(shown: &mut Shown, key: &IssuingKey) {
    let world = world(key);
    let mut refused = |text: &str| {
        shown.hide("a token", Canary::of_token(text));
        let error = world.verifier.verify_at(text, noon()).unwrap_err();
        shown.error(&error);
        match &error {
            VerifyError::Malformed(why) => shown.error(why),
            VerifyError::Footer(why) => {
                shown.error(why);
                if let FooterError::Json(why) = why {
                    shown.error(why);
                }
            }
            VerifyError::Payload(why) => {
                shown.error(why);
                if let PayloadError::Json(why) = why {
                    shown.error(why);
                }
            }
            other => panic!("{other}"),
        }
        let unverified: Option<UnverifiedError> = Unverified::parse(text).err();
        unverified.iter().for_each(|error| shown.error(error));
    };
    let said = format!("\"{PRIVATE}\"");
    let note = payload(&[("note", Some(&said))]);
    refused(&world.sealed(note.as_bytes()).repeat(20));
    for footer in [PRIVATE.repeat(30), format!("{{{said}:"), format!("{{{said}:[[[{said}]]]}}")] {
        refused(&world.sealed_with_footer(note.as_bytes(), footer.as_bytes()));
    }
    let deep = format!("{}{said}{}", "[".repeat(40), "]".repeat(40));
    for payload in [
        format!("{note}{said}"),
        payload(&[("note", Some(&deep))]),
        crowded(505),
        payload(&[("sub", None), ("note", Some(&said))]),
        payload(&[("gen", Some(&said))]),
    ] {
        refused(&world.sealed(payload.as_bytes()));
    }
}

/// A payload with so many private claims: 504, and eight beside them, are as many as a verifier takes.
fn crowded(claims: usize) -> String {
    let (names, said): (Vec<String>, _) = ((1..claims).map(|n| n.to_string()).collect(), format!("\"{PRIVATE}\""));
    let claims = names.iter().map(|name| (name.as_str(), Some("1"))).chain([("note", Some(said.as_str()))]);
    payload(&claims.collect::<Vec<_>>())
}

/// What is not issued, not renewed, or not said.
pub(super) fn issue(shown: &mut Shown, key: &IssuingKey) {
    let world = world(key);
    let session = session(shown, &world, login());
    shown.error(&session.require_login_within_at(seconds(1), noon() + seconds(2)).unwrap_err());
    claims(shown, &world);
    let early = login().not_before(noon() + TimeDelta::days(1));
    let long = Login::new(SUBJECT).claims(&json!({ "note": PRIVATE.repeat(400) })).unwrap();
    let mut refused = |error: IssueError| shown.error(&error);
    refused(world.issuer.login_at(early, noon()).unwrap_err());
    refused(world.issuer.login_at(long, noon()).unwrap_err());
    // Of another issuer, whose tokens have room for more claims.
    let token = world.sealed(crowded(504).as_bytes());
    let crowded = world.verifier.verify_at(&token, noon()).unwrap();
    let error = world.issuer.renew_at(&crowded, noon() + seconds(1)).unwrap_err();
    let RenewError::Issue(why @ IssueError::Json(_)) = &error else { panic!("{error}") };
    refused(why.clone());
    shown.error(&error);
    shown.error(&world.issuer.renew_at(&session, noon()).unwrap_err());
    let everyone = Revocation::Everyone { except: None };
    world.denylist.revoke_at(everyone, noon() + seconds(300)).wait().unwrap();
    shown.error(&world.issuer.login_at(login(), noon()).unwrap_err());
    shown.error(&world.issuer.renew_at(&session, noon() + seconds(1)).unwrap_err());
    let id = Key::from(key.clone()).id();
    world.denylist.revoke_at(id, noon()).wait().unwrap();
    shown.error(&world.issuer.login_at(login(), noon() + seconds(600)).unwrap_err());
}

fn claims(shown: &mut Shown, world: &World) {
    let login = || Login::new(SUBJECT);
    shown.error(&login().claims(&json!([PRIVATE])).unwrap_err());
    shown.error(&login().claims(&json!({ "sub": PRIVATE })).unwrap_err());
    shown.error(&login().claims(&BTreeMap::from([((PRIVATE, PRIVATE), PRIVATE)])).unwrap_err());
    // Serde's words repeat the claim, which is the handler's to see: `answers` looks at where that goes.
    let session = session(shown, world, login().claims(&json!({ "note": "a few words" })).unwrap());
    shown.error(&session.claims::<BTreeMap<String, u8>>().unwrap_err());
    shown.error(&Renewal::of(&session).claims(&json!([PRIVATE])).unwrap_err());
}

/// Tokens for tests that can't be made.
pub(super) fn sample(shown: &mut Shown, key: &IssuingKey) {
    let fixture = || Fixture::with_keys(KeySet::issuing(key.clone()).into(), noon());
    let sample = |claims| Sample { subject: SUBJECT.to_owned(), claims, choice: 0 };
    let good = sample(json!({ "note": PRIVATE }));
    let crowded = fixture();
    crowded.keys.replace(keys::full(key));
    let mut full = fixture();
    full.denylist = Denylist::builder().capacity(1).in_memory_at(noon() - seconds(3600)).unwrap();
    full.denylist.revoke_at(fixture().session("bob").session_id(), noon()).wait().unwrap();
    let refused: [SampleError; 4] = [
        sample(json!([PRIVATE])).valid(&fixture()).unwrap_err(),
        sample(json!({ "note": PRIVATE.repeat(400) })).valid(&fixture()).unwrap_err(),
        good.broken(&crowded, Fault::RetiredKey).unwrap_err(),
        good.broken(&full, Fault::RevokedToken).unwrap_err(),
    ];
    refused.iter().for_each(|error| shown.error(error));
}
