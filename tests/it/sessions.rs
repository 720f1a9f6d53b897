//! The life of a session: how it is renewed, replayed, replaced, and how it ends.

mod end;
mod ending;
mod keys;
mod renewal;
mod replay;
mod restart;
mod timeouts;

use chrono::{DateTime, TimeDelta, Utc};
use hallpass::{Session, Token, VerifyError};

use crate::support::{World, noon, seconds};

/// A token, verified so many seconds after noon.
fn verify(world: &World, token: &Token, after: i64) -> Result<Session, VerifyError> {
    world.verifier.verify_at(token.as_str(), at(after))
}

/// A new session's token, verified at noon.
fn login(world: &World) -> (Token, Session) {
    let token = world.issuer.login_at("alice", noon()).unwrap();
    let session = verify(world, &token, 0).unwrap();
    (token, session)
}

/// A successor, issued so many seconds after noon.
fn renew(world: &World, session: &Session, after: i64) -> Token {
    world.issuer.renew_at(session, at(after)).unwrap()
}

fn at(after: i64) -> DateTime<Utc> {
    noon() + seconds(after)
}

fn micros(micros: i64) -> TimeDelta {
    TimeDelta::microseconds(micros)
}
