//! What the life of a session adds to a verification: a session that was renewed, among many others, and
//! many who wait for a session's end. All of it cold, without the cache of verified tokens.

use std::hint::black_box;
use std::pin::Pin;
use std::task::{Context, Waker};

use hallpass::{Denylist, Ended, Issuer, KeyRing, Session, Token, Verifier};

use crate::support::{median, per_call};

const CALLS: usize = 50;
const ROUNDS: usize = 301;
const OTHERS: usize = 100_000;

pub(crate) fn run() {
    let keys = KeyRing::generate_local().unwrap();
    let issuer_name = "https://app.example";
    let (quiet, busy) = (Denylist::in_memory().unwrap(), Denylist::in_memory().unwrap());
    let issuer = Issuer::new(&keys, issuer_name, &busy);
    let verifier = Verifier::new(&keys, issuer_name, &busy).warm_cache(0);
    let renewed = |subject: &str| -> (Token, Session) {
        let session = verifier.verify(issuer.login(subject).unwrap().as_str()).unwrap();
        let token = issuer.renew(&session).unwrap();
        let session = verifier.verify(token.as_str()).unwrap();
        (token, session)
    };
    let sessions: Vec<Session> = (0..OTHERS).map(|_| renewed("somebody else").1).collect();
    let (token, session) = renewed("user-123456789");
    let first = Issuer::new(&keys, issuer_name, &quiet).login("user-123456789").unwrap();
    let bare = Verifier::new(&keys, issuer_name, &quiet).warm_cache(0);

    let verify_first = || drop(black_box(bare.verify(black_box(first.as_str())).unwrap()));
    let verify_renewed = || drop(black_box(verifier.verify(black_box(token.as_str())).unwrap()));
    compare(
        "a first token",
        &verify_first,
        &format!("a renewed one, with {OTHERS} renewed sessions besides"),
        &verify_renewed,
    );
    let sign = || drop(black_box(issuer.login(black_box("user-123456789")).unwrap()));
    let renew = || drop(black_box(issuer.renew(black_box(&session)).unwrap()));
    compare("a login", &sign, "a renewal", &renew);

    // One after the other, for both can't be had at once; the first tokens are the measure of the day.
    let mut waiting: Vec<Pin<Box<Ended>>> = sessions.iter().map(|session| Box::pin(busy.ended(session))).collect();
    for ended in &mut waiting {
        let _ = ended.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    }
    compare("a first token", &verify_first, &format!("a renewed one, while {OTHERS} wait"), &verify_renewed);
}

fn compare(what: &str, one: &dyn Fn(), against: &str, other: &dyn Fn()) {
    let (mut ones, mut others, mut ratios) = (vec![], vec![], vec![]);
    for _ in 0..ROUNDS {
        let [a, b] = [one, other].map(|call| per_call(CALLS, || (0..CALLS).for_each(|_| call())));
        ones.push(a);
        others.push(b);
        ratios.push(b / a);
    }
    println!(
        "{what}: {:.2} µs; {against}: {:.2} µs; ratio {:.3}",
        median(&mut ones) / 1e3,
        median(&mut others) / 1e3,
        median(&mut ratios)
    );
}
