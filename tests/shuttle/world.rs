//! What every race needs: keys, a list, an issuer and a verifier, made anew for each execution, and tokens
//! with ids of the test's own choosing.

use std::sync::LazyLock;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use hallpass::key::{KeySet, LocalKey};
use hallpass::status::{EntryKind, Status, TokenFacts};
use hallpass::{Denylist, Issuer, KeyRing, Revocation, Session, Token, Verifier};
use hallpass::{SessionId, TokenId, VerifyError};
use pasetors::keys::SymmetricKey;
use pasetors::version4::{LocalToken, V4};

use crate::explore::Happened;

pub(crate) const ISSUER: &str = "https://app.example";

/// The keys have no locks, so one pair serves every execution.
static KEYS: LazyLock<[LocalKey; 2]> = LazyLock::new(|| [LocalKey::generate().unwrap(), LocalKey::generate().unwrap()]);

/// The moment at which the races begin.
pub(crate) fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_435_200, 0).unwrap()
}

/// So many seconds after noon, or before.
pub(crate) fn at(seconds: i64) -> DateTime<Utc> {
    noon() + TimeDelta::seconds(seconds)
}

/// Everything that a login and a request need. The list was made an hour before noon.
pub(crate) struct World {
    pub(crate) keys: KeyRing,
    pub(crate) denylist: Denylist,
    pub(crate) issuer: Issuer,
    pub(crate) verifier: Verifier,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with_capacity(1000)
    }

    pub(crate) fn with_capacity(ids: usize) -> Self {
        Self::with(Denylist::builder().capacity(ids).in_memory_at(at(-3600)).unwrap())
    }

    pub(crate) fn with(denylist: Denylist) -> Self {
        let [current, next] = &*KEYS;
        let keys = KeyRing::new(KeySet::issuing(current.clone()).with_next(next.clone()).unwrap());
        let issuer = Issuer::new(&keys, ISSUER, &denylist);
        let verifier = Verifier::new(&keys, ISSUER, &denylist);
        Self { keys, denylist, issuer, verifier }
    }

    /// A session that began five minutes before noon, so that it can be renewed, and that is used at noon.
    pub(crate) fn session(&self, subject: &str) -> (Token, Session) {
        let token = self.issuer.login_at(subject, at(-300)).unwrap();
        let session = self.verifier.verify_at(token.as_str(), noon()).unwrap();
        (token, session)
    }

    pub(crate) fn revoke(&self, what: impl Into<Revocation>) {
        self.denylist.revoke_at(what.into(), noon()).wait().unwrap();
    }

    /// Looks at a token, once and at noon: it is accepted or revoked, and revoked if this has happened.
    pub(crate) fn look(&self, token: &str, over: &Happened) {
        self.look_at(token, over, noon());
    }

    pub(crate) fn look_at(&self, token: &str, over: &Happened, now: DateTime<Utc>) {
        let over = over.already();
        match self.verifier.verify_at(token, now) {
            Ok(_) => assert!(!over, "accepted after the revocation returned"),
            Err(VerifyError::Revoked { .. }) => {}
            Err(other) => panic!("{other}"),
        }
    }

    pub(crate) fn is_revoked(&self, token: &str, now: DateTime<Utc>) -> bool {
        match self.verifier.verify_at(token, now) {
            Ok(_) => false,
            Err(VerifyError::Revoked { .. }) => true,
            Err(other) => panic!("{other}"),
        }
    }

    /// What lists a token of this subject, begun then, whose id and session's id this is.
    pub(crate) fn listed(&self, id: TokenId, subject: &str, auth_time: DateTime<Utc>) -> Option<EntryKind> {
        listed_in(&self.denylist, id, subject, auth_time)
    }
}

/// What a list says about a token of this subject, begun then, whose id and session's id this is.
pub(crate) fn listed_in(
    denylist: &Denylist,
    id: TokenId,
    subject: &str,
    auth_time: DateTime<Utc>,
) -> Option<EntryKind> {
    let session_id = SessionId::from_bytes(id.to_bytes());
    let facts = TokenFacts::new(id, session_id, ISSUER, subject, auth_time, KEYS[0].id());
    match denylist.status_at(&facts, noon()) {
        Status::NotListed => None,
        Status::Listed(by) => Some(by),
        Status::Unknown => panic!("unknown at noon"),
    }
}

/// The nth of many ids that lie in one of the list's 64 parts: the last one, at which insertions look last
/// for what is overdue.
pub(crate) fn id(n: u8) -> TokenId {
    let mut id = [0xff; 16];
    id[1..9].copy_from_slice(&(u64::from(n) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    TokenId::from_bytes(id)
}

pub(crate) fn session_id(n: u8) -> SessionId {
    SessionId::from_bytes(id(n).to_bytes())
}

/// A token with the ids and times that a test needs, encrypted by pasetors itself. Its own id follows from
/// the session's and the generation.
pub(crate) fn token(session: SessionId, generation: u8, auth_time: DateTime<Utc>, issued: DateTime<Utc>) -> String {
    let mut own = session.to_bytes();
    own[15] ^= generation;
    let written = |moment: DateTime<Utc>| moment.to_rfc3339_opts(SecondsFormat::Micros, true);
    let payload = format!(
        r#"{{"iss":"{ISSUER}","sub":"alice","exp":"{}","iat":"{}","jti":"{}","sid":"{session}","gen":{generation},"auth_time":"{}"}}"#,
        written(issued + TimeDelta::minutes(15)),
        written(issued),
        TokenId::from_bytes(own),
        written(auth_time),
    );
    let key = SymmetricKey::<V4>::try_from(KEYS[0].to_paserk().as_str()).unwrap();
    let footer = format!("{{\"kid\":\"{}\"}}", KEYS[0].id());
    LocalToken::encrypt(&key, payload.as_bytes(), Some(footer.as_bytes()), None).unwrap()
}
