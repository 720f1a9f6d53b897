//! What a stranger sends takes time by its size, and no more: eight times as much takes some eight times as long, where a
//! step that looks at all for each of its parts would take sixty-four.

use std::time::{Duration, Instant};

use crate::support::{World, noon, payload};

const TIMES: usize = 8;

/// The shortest of many times, each taken in turn, since whatever else the machine does makes them longer.
fn shortest(small: &dyn Fn(), large: &dyn Fn()) -> [Duration; 2] {
    let mut shortest = [Duration::MAX; 2];
    for _ in 0..50 {
        for (work, shortest) in [small, large].into_iter().zip(&mut shortest) {
            let begun = Instant::now();
            work();
            *shortest = begun.elapsed().min(*shortest);
        }
    }
    shortest
}

/// Does something with an input of this size, and with one that is eight times as large.
pub(crate) fn takes_linear_time(what: &str, size: usize, work: impl Fn(usize) -> Box<dyn Fn()>) {
    let [small, large] = shortest(&*work(size), &*work(TIMES * size));
    // Five times is for what goes faster with little (caches, tables that need not grow), and for a machine that is busy.
    assert!(large < small * 5 * TIMES as u32, "{what}: {large:?} for {TIMES} times as much as takes {small:?}");
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
