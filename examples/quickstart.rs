//! Log in, verify, log out, and watch a stolen copy of the token being refused, also after a restart.
//!
//! ```text
//! cargo run --example quickstart
//! ```

#![allow(clippy::print_stdout)]

use hallpass::inspect::Unverified;
use hallpass::{Denylist, Issuer, KeyRing, Login, Verifier, VerifyError};
use serde::{Deserialize, Serialize};

const APP: &str = "https://app.example";

/// The application's own claims: any serde type.
#[derive(Debug, Serialize, Deserialize)]
struct Profile {
    roles: Vec<String>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Three things live as long as the program: the keys, the denylist, and the pair that uses them. A server keeps
    // its keys in a file as well, and the list in a place that stays.
    let keys = KeyRing::generate()?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("denylist.redb");
    let denylist = Denylist::open(&path)?;
    let issuer = Issuer::new(&keys, APP, &denylist);
    let verifier = Verifier::new(&keys, APP, &denylist);

    heading(1, "Alice logs in, and her browser gets a token");
    let token = issuer.login(Login::new("alice").claims(&Profile { roles: vec!["editor".into()] })?)?;
    let bearer = token.as_str();
    say("token", &shortened(bearer));
    say("signed with", &Unverified::parse(bearer)?.key_id().to_string());
    say("expires", &token.registered().expires_at().format("%H:%M:%S UTC, in 15 minutes").to_string());

    heading(2, "Each request shows the token; verifying it reads memory and nothing else");
    let begin = std::time::Instant::now();
    let session = verifier.verify(bearer)?;
    let took = begin.elapsed();
    say("subject", session.subject());
    say("roles", &session.claims::<Profile>()?.roles.join(", "));
    say("session", &session.session_id().to_string());
    say("it took", &format!("{took:.0?}, no database asked"));

    heading(3, "Somebody copies the token; so far nobody can tell the two apart");
    let stolen = bearer.to_owned();
    say("the copy", verdict(&verifier.verify(&stolen)));

    heading(4, "Alice logs out");
    let receipt = denylist.revoke(&session).wait()?;
    say("on the disk", &format!("in force everywhere by {}", receipt.everywhere_by().format("%H:%M:%S UTC")));

    heading(5, "The copy is shown again");
    let replayed = verifier.verify(&stolen);
    say("the copy", verdict(&replayed));
    say("for the log", &replayed.err().map(|error| error.to_string()).unwrap_or_default());

    heading(6, "The server restarts, and nothing is forgotten");
    drop((denylist, issuer, verifier));
    let denylist = Denylist::open(&path)?;
    let issuer = Issuer::new(&keys, APP, &denylist);
    let verifier = Verifier::new(&keys, APP, &denylist);
    say("the copy", verdict(&verifier.verify(&stolen)));

    heading(7, "A token that somebody edited never gets that far");
    let forged = stolen.replacen("v4.public.e", "v4.public.f", 1);
    say("the forgery", verdict(&verifier.verify(&forged)));

    heading(8, "Alice logs in again: a new session, untouched by the old one's end");
    let again = issuer.login("alice")?;
    say("the new token", verdict(&verifier.verify(again.as_str())));

    println!("\nA JWT would have lived on until it expired. That is all there is to it.");
    Ok(())
}

fn verdict(result: &Result<hallpass::Session, VerifyError>) -> &'static str {
    match result {
        Ok(_) => "accepted",
        Err(VerifyError::Revoked { .. }) => "REFUSED: revoked",
        Err(VerifyError::Inauthentic { .. }) => "REFUSED: not authentic",
        Err(_) => "REFUSED",
    }
}

fn heading(step: u8, what: &str) {
    println!("\n{step}. {what}");
}

fn say(what: &str, that: &str) {
    println!("   {what:>13}: {that}");
}

fn shortened(token: &str) -> String {
    match (token.get(..28), token.len()) {
        (Some(head), length) => format!("{head}… ({length} characters)"),
        (None, _) => token.to_owned(),
    }
}
