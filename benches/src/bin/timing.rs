//! Whether time tells how much of a secret was guessed: dudect (Reparaz, Balasch and Verbauwhede, 2017) by dudect-bencher.
//!
//! Two classes of inputs, drawn at random, which ought to take the same time; Welch's t-test over all of the times, and
//! over those below each of many percentiles, says how sure it is that they don't. The greatest |t| is reported.
//! A full run fails where the tag's two classes differ for sure, or those that leak for certain do not.
//!
//! dudect-bencher only prints what it finds, so this runs itself, and reads that.

use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dudect_bencher::ctbench::{BenchFn, BenchMetadata, BenchName, BenchOpts, run_benches_console};
use dudect_bencher::rand::RngExt as _;
use dudect_bencher::{BenchRng, Class, CtRunner};
use hallpass::key::KeyId;
use hallpass::{Denylist, Issuer, KeyRing, Verifier, VerifyError};
use hallpass_benches::figures::{Figures, Row, grouped};
use hallpass_benches::measure::{ISSUER, SUBJECT, is_smoke, sized};

const HEADER: &str = "v4.local.";
const TAG_LEN: usize = 32;
const KEY_ID_HEADER_LEN: usize = "k4.lid.".len();

/// With a |t| above it two classes differ for sure.
const FOR_SURE: f64 = 10.0;

/// What time must tell, or the run fails.
#[derive(Clone, Copy)]
enum Must {
    /// The classes are of a secret.
    NotDiffer,
    /// They are public.
    BeAny,
    /// They leak for certain, by which one sees that the measurement would notice.
    Differ,
}

/// Of each: its name, what it is called in the report, what must come of it, and how it is measured.
const MEASURED: [(&str, &str, Must, BenchFn); 4] = [
    ("tag", "v4.local, forged: the tag differs in its first byte, or its last", Must::NotDiffer, tag),
    ("kid", "a footer's kid that differs from the ring's in its first character, or its last", Must::BeAny, kid),
    ("key_id", "two key ids that differ in their first character, or their last", Must::BeAny, key_id),
    (
        "control",
        "beside these, what leaks: 32 bytes compared by a loop that ends at the first difference",
        Must::Differ,
        control,
    ),
];

fn main() {
    if std::env::args().nth(1).as_deref() == Some("raw") {
        let all = MEASURED.map(|(name, _, _, benchfn)| BenchMetadata { name: BenchName(name), seed: None, benchfn });
        run_benches_console(BenchOpts::default(), all.into()).unwrap();
        return;
    }
    let mut figures = Figures::of("timing");
    figures.progress(format!("{} times for each", grouped(samples() as f64)));
    let done = Command::new(std::env::current_exe().unwrap()).arg("raw").output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let told = String::from_utf8(done.stdout).unwrap();
    let mut wrong = Vec::new();
    for (name, what, must, _) in MEASURED {
        let t = greatest_t(&told, name);
        figures.add(Row::t(what, t));
        let is_as_it_must_be = match must {
            Must::NotDiffer => t <= FOR_SURE,
            Must::BeAny => true,
            Must::Differ => t > FOR_SURE,
        };
        if !is_as_it_must_be {
            wrong.push(format!("{name}: t = {t}"));
        }
    }
    figures.save();
    // So few times as in a smoke run tell nothing.
    assert!(is_smoke() || wrong.is_empty(), "{wrong:?}");
}

/// Of `bench NAME … : n == +0.100M, max t = -1.23456, …`.
fn greatest_t(told: &str, name: &str) -> f64 {
    let line = told.lines().find(|line| line.split_whitespace().nth(1) == Some(name) && line.contains("max t"));
    let t = line.and_then(|line| line.split("max t = ").nth(1)?.split(',').next()?.parse::<f64>().ok());
    t.unwrap_or_else(|| panic!("nothing of {name}: {told}")).abs()
}

fn samples() -> usize {
    sized(1_000_000, 2_000)
}

/// Measures one after the other, each of a class by chance: at the beginning on the left, at the end on the right. What is
/// measured is made before its time is taken.
fn measure<I, T>(
    runner: &mut CtRunner,
    rng: &mut BenchRng,
    mut make: impl FnMut(&mut BenchRng, bool) -> I,
    call: impl Fn(&I) -> T,
) {
    for _ in 0..samples() {
        let is_at_the_end = rng.random::<bool>();
        let input = make(rng, is_at_the_end);
        let class = if is_at_the_end { Class::Right } else { Class::Left };
        runner.run_one(class, || call(&input));
    }
}

/// Encrypts, and has no cache: every token takes its whole way.
fn world() -> (Issuer, Verifier) {
    let keys = KeyRing::generate_local().unwrap();
    let denylist = Denylist::in_memory().unwrap();
    (Issuer::new(&keys, ISSUER, &denylist), Verifier::new(&keys, ISSUER, &denylist).warm_cache(0))
}

fn tag(runner: &mut CtRunner, rng: &mut BenchRng) {
    let (issuer, verifier) = world();
    let token = issuer.login(SUBJECT).unwrap().into_string();
    let (message, footer) = token.strip_prefix(HEADER).and_then(|rest| rest.split_once('.')).unwrap();
    let message = URL_SAFE_NO_PAD.decode(message).unwrap();
    let forged = |rng: &mut BenchRng, is_at_the_end: bool| {
        let mut message = message.clone();
        let at = if is_at_the_end { message.len() - 1 } else { message.len() - TAG_LEN };
        message[at] ^= rng.random_range(1..=u8::MAX);
        format!("{HEADER}{}.{footer}", URL_SAFE_NO_PAD.encode(message))
    };
    // It gets as far as the tag.
    assert!(matches!(verifier.verify(&forged(rng, true)), Err(VerifyError::Inauthentic { .. })));
    measure(runner, rng, forged, |token| verifier.verify(token));
}

fn kid(runner: &mut CtRunner, rng: &mut BenchRng) {
    let (issuer, verifier) = world();
    let token = issuer.login(SUBJECT).unwrap().into_string();
    let id = verifier.verify(&token).unwrap().key_id().to_string();
    let (sealed, _) = token.rsplit_once('.').unwrap();
    let named = |rng: &mut BenchRng, is_at_the_end: bool| {
        let footer = format!("{{\"kid\":\"{}\"}}", changed(&id, rng, is_at_the_end));
        format!("{sealed}.{}", URL_SAFE_NO_PAD.encode(footer))
    };
    // It gets as far as the look-up.
    assert!(matches!(verifier.verify(&named(rng, true)), Err(VerifyError::UnknownKey)));
    measure(runner, rng, named, |token| verifier.verify(token));
}

fn key_id(runner: &mut CtRunner, rng: &mut BenchRng) {
    let id = KeyRing::generate_local().unwrap().set().current().unwrap().id();
    let text = id.to_string();
    let other =
        |rng: &mut BenchRng, is_at_the_end: bool| -> KeyId { changed(&text, rng, is_at_the_end).parse().unwrap() };
    measure(runner, rng, other, |other| id == *other);
}

/// Another character of base64url in the first place behind the header, or in the last.
fn changed(id: &str, rng: &mut BenchRng, is_at_the_end: bool) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let at = if is_at_the_end { id.len() - 1 } else { KEY_ID_HEADER_LEN };
    let here = &id[at..=at];
    let other = loop {
        let other = char::from(ALPHABET[rng.random_range(0..ALPHABET.len())]);
        if !here.starts_with(other) {
            break other;
        }
    };
    format!("{}{other}{}", &id[..at], &id[at + 1..])
}

fn control(runner: &mut CtRunner, rng: &mut BenchRng) {
    let secret: [u8; TAG_LEN] = rng.random();
    let guess = |rng: &mut BenchRng, is_at_the_end: bool| {
        let mut guess = secret;
        guess[if is_at_the_end { TAG_LEN - 1 } else { 0 }] ^= rng.random_range(1..=u8::MAX);
        guess
    };
    let is_equal = |guess: &[u8; TAG_LEN]| {
        for (one, other) in guess.iter().zip(&secret) {
            if std::hint::black_box(one) != other {
                return false;
            }
        }
        true
    };
    measure(runner, rng, guess, is_equal);
}
