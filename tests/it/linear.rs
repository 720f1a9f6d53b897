//! What a stranger sends takes time by its size, and no more: eight times as much takes eight times as long at the most, where
//! a step that looks at all of it for each of its bytes would take sixty-four.

use std::time::{Duration, Instant};

use crate::support::{World, noon, payload};

const TIMES: usize = 8;

/// How long something takes, or took before, if that was shorter: whatever else the machine does makes it longer.
fn shorten(shortest: &mut Duration, work: &dyn Fn()) {
    let begun = Instant::now();
    work();
    *shortest = begun.elapsed().min(*shortest);
}

/// Does something with an input of this size, and with one that is eight times as large, in turn, until neither was
/// disturbed.
pub(crate) fn takes_linear_time(what: &str, size: usize, work: impl Fn(usize) -> Box<dyn Fn()>) {
    let (one, eight) = (work(size), work(TIMES * size));
    let (begun, mut shortest, mut longer) = (Instant::now(), Duration::MAX, Duration::MAX);
    for round in 0.. {
        shorten(&mut shortest, &*one);
        shorten(&mut longer, &*eight);
        // Half as much again is for what goes faster with little: caches, tables that need not grow.
        if round > 20 && longer * 2 < shortest * 3 * TIMES as u32 {
            return;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "{what}: {longer:?} for {TIMES} times as much as takes {shortest:?}"
        );
    }
}

/// Values of a private claim, of about this many bytes.
fn values(bytes: usize) -> [(&'static str, String); 7] {
    let many = |part: &str| vec![part; bytes / (part.len() + 1)].join(",");
    let keys = |prefix: &str| {
        let keys = (0..bytes / (prefix.len() + 8)).map(|n| format!("\"{prefix}{n:03}\":0"));
        format!("{{{}}}", keys.collect::<Vec<_>>().join(","))
    };
    [
        ("a long text", format!("\"{}\"", "a".repeat(bytes))),
        ("a text of escapes", format!("\"{}\"", "\\u0041".repeat(bytes / 6))),
        ("numbers", format!("[{}]", many("1"))),
        ("objects", format!("[{}]", many("{\"an-object\":1}"))),
        ("what is nested", format!("[{}]", many("[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]"))),
        ("keys", keys("key-of-mine-")),
        ("keys with escapes", keys("\\u0061\\u0062")),
    ]
}

/// As much as goes into 8 KiB, and an eighth of it.
#[test]
fn a_payload_takes_time_by_its_length() {
    let world = World::local();
    let verifier = world.verifier.clone().warm_cache(0);
    let token = |value: &str| world.sealed(payload(&[("private", Some(value))]).as_bytes());
    for (place, (what, _)) in values(0).into_iter().enumerate() {
        takes_linear_time(what, 650, |bytes| {
            let (verifier, token) = (verifier.clone(), token(&values(bytes)[place].1));
            Box::new(move || drop(verifier.verify_at(&token, noon()).unwrap()))
        });
    }
}

#[test]
fn a_text_that_is_no_token_takes_time_by_its_length() {
    let world = World::local();
    for (what, part) in [("dots", "."), ("letters", "A"), ("what is no base64url", "="), ("no ASCII", "\u{e4}")] {
        takes_linear_time(what, 1000, |bytes| {
            let text = format!("v4.local.{}", part.repeat(bytes / part.len()));
            let verifier = world.verifier.clone();
            Box::new(move || drop(verifier.verify_at(&text, noon()).unwrap_err()))
        });
    }
}
