//! A stolen token is replayed after the session was renewed, and the session dies.
//!
//! `cargo run --example rotation`. The clock is a variable here, so that nobody has to wait.

#![allow(clippy::print_stdout, clippy::arithmetic_side_effects, clippy::disallowed_methods)]

use std::error::Error;

use chrono::{DateTime, TimeDelta, Utc};
use hallpass::{Denylist, Issuer, KeyRing, Session, Token, Verifier};

const ISSUER: &str = "https://app.example";

struct Server {
    issuer: Issuer,
    verifier: Verifier,
    began: DateTime<Utc>,
}

impl Server {
    /// What a request with this token is answered, so many seconds after the login.
    fn request(&self, who: &str, token: &Token, after: i64) -> Option<Session> {
        let now = self.began + TimeDelta::seconds(after);
        let answer = self.verifier.verify_at(token.as_str(), now);
        let generation = token.registered().generation();
        let at = format!("{:>2}:{:02}  {who:<7} token {generation}", after / 60, after % 60);
        match answer {
            Ok(session) => {
                println!("{at}  200");
                Some(session)
            }
            Err(why) => {
                println!("{at}  401  (for the log: {why})");
                None
            }
        }
    }

    fn renew(&self, session: &Session, after: i64) -> Result<Token, Box<dyn Error>> {
        Ok(self.issuer.renew_at(session, self.began + TimeDelta::seconds(after))?)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let began = Utc::now();
    let keys = KeyRing::generate_local()?;
    let denylist = Denylist::builder().in_memory_at(began)?;
    let issuer = Issuer::new(&keys, ISSUER, &denylist);
    let verifier = Verifier::new(&keys, ISSUER, &denylist);
    println!("{}\n", issuer.policy());
    let first = issuer.login_at("alice", began)?;
    let server = Server { issuer, verifier, began };

    println!("Alice logs in. A thief copies her token.");
    let session = server.request("Alice", &first, 1).ok_or("Alice is refused")?;
    server.request("thief", &first, 60);

    println!("\nHer session is renewed. As long as the successor is not used, nothing changes: it may be lost.");
    let second = server.renew(&session, 301)?;
    server.request("Alice", &first, 302);

    println!("\nThe successor is used. For 30 s its predecessor is good, for requests that were on their way.");
    server.request("Alice", &second, 310);
    server.request("Alice", &first, 311);

    println!("\nThe thief comes back. Two hold this session now, and nobody can tell who is who: it is ended.");
    if server.request("thief", &first, 400).is_some() || server.request("Alice", &second, 401).is_some() {
        return Err("the session lives".into());
    }

    println!("\nAlice logs in again; the thief does not.");
    let again = server.issuer.login_at("alice", began + TimeDelta::seconds(420))?;
    server.request("Alice", &again, 421).ok_or("Alice is refused")?;
    match server.request("thief", &first, 422) {
        None => Ok(()),
        Some(_) => Err("the thief is let in".into()),
    }
}
