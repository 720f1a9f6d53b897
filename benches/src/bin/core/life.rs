//! What the life of a session adds to a verification: a session that was renewed, among many others, and
//! many who wait for a session's end. All of it cold, without the cache of verified tokens.

use std::hint::black_box;
use std::pin::Pin;
use std::task::{Context, Waker};

use hallpass::{Denylist, Ended, Issuer, KeyRing, Session, Token, Verifier};
use hallpass_benches::figures::{Figures, Row, grouped};
use hallpass_benches::measure::{Contender, ISSUER, SUBJECT, interleaved, median, ratio, sized};

const CALLS: usize = 50;
const ROUNDS: usize = 301;
const OTHERS: usize = 100_000;

pub(crate) fn run(figures: &mut Figures) {
    let others = sized(OTHERS, 100);
    let many = grouped(others as f64);
    let keys = KeyRing::generate_local().unwrap();
    let (quiet, busy) = (Denylist::in_memory().unwrap(), Denylist::in_memory().unwrap());
    let issuer = Issuer::new(&keys, ISSUER, &busy);
    let verifier = Verifier::new(&keys, ISSUER, &busy).warm_cache(0);
    let renewed = |subject: &str| -> (Token, Session) {
        let session = verifier.verify(issuer.login(subject).unwrap().as_str()).unwrap();
        let token = issuer.renew(&session).unwrap();
        let session = verifier.verify(token.as_str()).unwrap();
        (token, session)
    };
    let sessions: Vec<Session> = (0..others).map(|_| renewed("somebody else").1).collect();
    let (token, session) = renewed(SUBJECT);
    let first = Issuer::new(&keys, ISSUER, &quiet).login(SUBJECT).unwrap();
    let bare = Verifier::new(&keys, ISSUER, &quiet).warm_cache(0);

    let verify_first = || drop(black_box(bare.verify(black_box(first.as_str())).unwrap()));
    let verify_renewed = || drop(black_box(verifier.verify(black_box(token.as_str())).unwrap()));
    compare(
        figures,
        Contender::new(format!("verifying a renewed token, {many} renewed sessions noted"), verify_renewed),
        Contender::new("a first token, nothing noted", verify_first),
    );
    let sign = || drop(black_box(issuer.login(black_box(SUBJECT)).unwrap()));
    let renew = || drop(black_box(issuer.renew(black_box(&session)).unwrap()));
    compare(figures, Contender::new("a renewal", renew), Contender::new("a login", sign));

    // One after the other, for both can't be had at once; the first tokens are the measure of the day.
    let mut waiting: Vec<Pin<Box<Ended>>> = sessions.iter().map(|session| Box::pin(busy.ended(session))).collect();
    for ended in &mut waiting {
        let _ = ended.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    }
    compare(
        figures,
        Contender::new(format!("verifying a renewed token while {many} wait for an end"), verify_renewed),
        Contender::new("a first token, nobody waiting", verify_first),
    );
}

fn compare(figures: &mut Figures, one: Contender<'_>, other: Contender<'_>) {
    let pair = [one, other];
    let samples = interleaved(sized(ROUNDS, 3), sized(CALLS, 5), &pair);
    let row = Row::time(&pair[0].name, median(&samples[0]));
    figures.add(row.beside_by(&pair[1].name, median(&samples[1]), ratio(&samples[0], &samples[1])));
}
