//! A service whose key and whose denylist lie in files. Its server is not running, unless a test opens the list.

use chrono::{DateTime, TimeDelta, Utc};
use hallpass::store::{Record, RedbStore, Store as _};
use hallpass::{Denylist, Issuer, KeyRing, Session, Token, Verifier};
use serde_json::Value;

use super::{Desk, Run, hallpass, hallpass_reads, issue, verify};
use crate::support::ISSUER;

pub(super) struct Service {
    pub(super) desk: Desk,
    pub(super) key: String,
    pub(super) list: String,
    pub(super) keys: KeyRing,
}

impl Service {
    /// Its list was made an hour ago.
    pub(super) fn new() -> Self {
        let desk = Desk::new();
        let keys = KeyRing::generate().unwrap();
        let key = desk.file("service.key", &keys.set().to_text());
        let list = desk.name("denylist.redb");
        drop(Denylist::builder().open_at(&list, ago(3600)).unwrap());
        Self { desk, key, list, keys }
    }

    /// The server is running for as long as this is held.
    pub(super) fn runs(&self) -> Denylist {
        Denylist::open(&self.list).unwrap()
    }

    pub(super) fn issuer(&self, denylist: &Denylist) -> Issuer {
        Issuer::new(&self.keys, ISSUER, denylist)
    }

    pub(super) fn renewed(&self, denylist: &Denylist, token: &str, at: DateTime<Utc>) -> Token {
        let session: Session = Verifier::new(&self.keys, ISSUER, denylist).verify_at(token, at).unwrap();
        self.issuer(denylist).renew_at(&session, at).unwrap()
    }

    pub(super) fn issue(&self, more: &[&str]) -> String {
        issue(&self.key, &[&["--denylist", &self.list], more].concat()).prints()
    }

    pub(super) fn verify(&self, token: &str, more: &[&str]) -> Run {
        verify(&self.key, token, &[&["--denylist", &self.list], more].concat())
    }

    #[track_caller]
    pub(super) fn accepts(&self, token: &str) -> Value {
        serde_json::from_str(&self.verify(token, &[]).prints()).unwrap()
    }

    #[track_caller]
    pub(super) fn refuses(&self, token: &str, reason: &str) {
        self.verify(token, &[]).fails(2, reason);
    }

    pub(super) fn revoke(&self, what: &[&str]) -> Run {
        hallpass(&[&["revoke", "--denylist", &self.list], what].concat())
    }

    pub(super) fn revoke_token(&self, token: &str, more: &[&str]) -> Run {
        let args = ["revoke", "--denylist", &self.list, "token", "--key", &self.key, "--issuer", ISSUER];
        hallpass_reads(&[&args, more].concat(), token.as_bytes())
    }

    pub(super) fn denylist(&self, command: &[&str]) -> Run {
        hallpass(&[&["denylist"], command, &["--denylist", &self.list]].concat())
    }

    /// What is revoked, by the command line.
    #[track_caller]
    pub(super) fn lines(&self) -> Vec<Value> {
        let run = self.denylist(&["list"]);
        assert_eq!((run.code, &*run.stderr), (0, ""));
        run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[track_caller]
    pub(super) fn stats(&self) -> Value {
        serde_json::from_str(&self.denylist(&["stats"]).prints()).unwrap()
    }

    /// Puts records into the file that no list of today would write: ids that were revoked at any moment.
    pub(super) fn put_ids(&self, ids: impl IntoIterator<Item = (u32, DateTime<Utc>)>) {
        let record = |(n, made): (u32, DateTime<Utc>)| {
            let id = u128::from(n).to_be_bytes();
            let bytes = [&[1, 1], &id[..], &made.timestamp_micros().to_be_bytes()].concat();
            Record::from_bytes(&bytes).unwrap()
        };
        let records: Vec<Record> = ids.into_iter().map(record).collect();
        RedbStore::open_existing(&self.list).unwrap().append(&records).unwrap();
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        std::fs::read(&self.list).unwrap()
    }
}

pub(super) fn ago(seconds: i64) -> DateTime<Utc> {
    Utc::now() - TimeDelta::seconds(seconds)
}

/// Succeeds without a word.
#[track_caller]
pub(super) fn done(run: Run) {
    assert_eq!((run.code, &*run.stdout, &*run.stderr), (0, "", ""), "{run:?}");
}

pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}
