//! Lists that are full or can't keep what they are told, and what they are kept in.

use chrono::{TimeDelta, Utc};
use hallpass::key::{IssuingKey, KeySet, SecretKey};
use hallpass::store::{Cursor, Header, RedbStore, Store as _, StoreError};
use hallpass::testing::{Failing, MemoryEngine};
use hallpass::time::TimeLimits;
use hallpass::{Denylist, DenylistError, ForgetError, Issuer, KeyRing, RevokeError, TokenId, Verifier};

use super::super::shown::Shown;
use super::super::{Canary, secret};
use super::login;
use crate::redaction::holders::subjects_secret;
use crate::support::{ISSUER, noon, seconds};

pub(super) fn revoke(shown: &mut Shown, key: &IssuingKey) {
    full(shown, key);
    for is_shared in [false, true] {
        failing(shown, key, is_shared);
    }
}

/// There is room for one, and somebody has taken it.
fn full(shown: &mut Shown, key: &IssuingKey) {
    let ring = KeyRing::new(KeySet::issuing(key.clone()));
    let denylist = Denylist::builder().capacity(1).in_memory_at(noon() - seconds(3600)).unwrap();
    let (issuer, verifier) = (Issuer::new(&ring, ISSUER, &denylist), Verifier::new(&ring, ISSUER, &denylist));
    let token = issuer.login_at(login(), noon()).unwrap();
    shown.hide("a token", Canary::of_token(token.as_str()));
    let session = verifier.verify_at(token.as_str(), noon()).unwrap();
    denylist.revoke_at(TokenId::from_bytes([1; 16]), noon()).wait().unwrap();
    let refused: [RevokeError; 2] = [
        denylist.revoke_at(&session, noon()).wait().unwrap_err(),
        denylist.revoke_at(secret().secret_id(), noon()).wait().unwrap_err(),
    ];
    refused.iter().for_each(|error| shown.error(error));
    shown.error(&issuer.step_up_at(&session, login(), noon()).unwrap_err());
    denylist.revoke_at(session.everywhere(), noon()).wait().unwrap();
    shown.error(&denylist.revoke_at(session.elsewhere(), noon()).wait().unwrap_err());
}

/// The engine fails in the middle of a session.
fn failing(shown: &mut Shown, key: &IssuingKey, is_shared: bool) {
    let (engine, now) = (MemoryEngine::new(), Utc::now());
    let header = Header::new(TimeLimits::default(), now - TimeDelta::hours(1)).unwrap();
    shown.hide("a list's secret", subjects_secret(&header));
    let store = engine.open(header).unwrap();
    let builder = Denylist::builder();
    let opened = if is_shared { builder.open_shared(store) } else { builder.open_store_at(store, now) };
    let denylist = opened.unwrap();
    let ring = KeyRing::new(KeySet::issuing(key.clone()));
    let (issuer, verifier) = (Issuer::new(&ring, ISSUER, &denylist), Verifier::new(&ring, ISSUER, &denylist));
    let token = issuer.login(login()).unwrap();
    shown.hide("a token", Canary::of_token(token.as_str()));
    let session = verifier.verify(token.as_str()).unwrap();
    let id = SecretKey::generate().unwrap().id();
    denylist.revoke(id).wait().unwrap();
    engine.fail(Failing::Before, 0);
    let revoking: RevokeError = denylist.revoke(session.everywhere()).wait().unwrap_err();
    let forgetting: ForgetError = denylist.forget_key(&id).unwrap().wait().unwrap_err();
    shown.error(&revoking);
    shown.error(&forgetting);
    shown.error(&denylist.store_error().unwrap());
    // Else the list would try once more before it goes, and wait.
    engine.fail(Failing::Never, 0);
}

/// What a list is kept in, when it is something else.
pub(super) fn keep(shown: &mut Shown) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("list");
    let header = Header::new(TimeLimits::default(), noon()).unwrap();
    shown.hide("a file's secret", subjects_secret(&header));
    let newer = [&[0xff], &header.to_bytes()[1..]].concat();
    for bytes in [&newer, &header.to_bytes()[1..]] {
        let error = Header::from_bytes(bytes).unwrap_err();
        shown.error(&error);
        shown.error(&StoreError::from(error));
    }
    let store = RedbStore::open(&path, header).unwrap();
    let denylist = Denylist::builder().open_store_at(store, noon()).unwrap();
    let missing: DenylistError = Denylist::open(folder.path().join("nowhere/list")).unwrap_err();
    shown.error(&missing);
    denylist.revoke_at(TokenId::from_bytes([1; 16]), noon()).wait().unwrap();
    drop(denylist);
    let record = RedbStore::open(&path, header).unwrap().read(&Cursor::start(), 1).unwrap().records[0].to_bytes();
    for bytes in [&[&[0xff], &record[1..]].concat(), &record[1..]] {
        shown.error(&hallpass::store::Record::from_bytes(bytes).unwrap_err());
    }
    // Its pages are the list's, and its beginning is nobody's.
    let mut file = std::fs::read(&path).unwrap();
    file[..64].fill(0xff);
    std::fs::write(&path, file).unwrap();
    let error = RedbStore::open(&path, header).unwrap_err();
    shown.show("StoreErrorKind", &error.kind());
    shown.error(&error);
}
