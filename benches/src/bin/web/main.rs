//! What a session costs a server: CPU time for each request of the example's `/me`, beside the same route without any
//! session, with a token verified by hand, and with what others do on each request: a session in memory or in Redis
//! (tower-sessions), or a JWT and a question to Redis whether it was revoked.
//!
//! The layer is measured twice: cold, with its verifier's cache of verified tokens switched off, and warm, as it is
//! unless set.
//!
//! Each server is a process of its own, so that only its own time counts; all are asked in turn. Linux alone tells the
//! time of a process this finely.

// What the example answers: a part of it.
#[allow(dead_code)]
#[path = "../../../../examples/login_server/answer.rs"]
mod answer;
mod load;
#[allow(dead_code)]
#[path = "../../../../examples/login_server/page.rs"]
mod page;
mod peers;
mod server;
mod shared;

use hallpass_benches::figures::{Bound, Figures, Row};
use hallpass_benches::measure::{median, ratio, sized};
use hallpass_benches::redis_server::RedisServer;
use load::Load;
use server::Server;

const ROUNDS: usize = 9;

/// What a server does for each request, and what that is called.
const PLAIN: [(&str, &str); 2] = [("bare", "the route alone"), ("idle", "a layer that does nothing")];
const STORED: [(&str, &str); 3] = [
    ("stored in memory", "tower-sessions, in memory"),
    ("stored in Redis", "tower-sessions, in Redis"),
    ("asking Redis", "JWT and Redis EXISTS"),
];

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, serve, kind] = arguments.as_slice()
        && serve == "--serve"
    {
        return server::serve(kind);
    }
    let mut figures = Figures::of("web");
    let redis = RedisServer::start();
    let peers = if redis.is_some() { &STORED[..] } else { &STORED[..1] };
    if redis.is_none() {
        figures.note("tower-sessions in Redis, and JWT with Redis, were not measured: no redis-server is installed.");
    }
    let url = redis.as_ref().map(RedisServer::url).unwrap_or_default();
    for (kind, name) in [("local", "v4.local"), ("public", "v4.public")] {
        let layers = [
            (format!("warm {kind}"), format!("the layer, warm, {name}")),
            (kind.to_owned(), format!("the layer, cold, {name}")),
            (format!("verifying {kind}"), format!("by hand, cold, {name}")),
        ];
        let others = PLAIN.iter().chain(peers).map(|(kind, name)| ((*kind).to_owned(), (*name).to_owned()));
        let all: Vec<Asked> =
            layers.into_iter().chain(others).map(|(kind, name)| Asked::new(&kind, name, &url)).collect();
        measure(&mut figures, all);
    }
    figures.save();
}

/// A server, what it is called, and its figures of each round.
struct Asked {
    server: Server,
    name: String,
    cpu: Vec<f64>,
    waits: Vec<f64>,
}

impl Asked {
    fn new(kind: &str, name: String, redis: &str) -> Self {
        Self { server: Server::start(kind, redis), name, cpu: vec![], waits: vec![] }
    }
}

/// The layer as it is and cold, a token verified by hand, and the others.
fn measure(figures: &mut Figures, mut all: Vec<Asked>) {
    figures.progress(format!("{} servers in turn", all.len()));
    for _ in 0..sized(ROUNDS, 1) {
        for asked in &mut all {
            asked.cpu.push(Load::of(&asked.server).cpu());
            asked.waits.push(Load::of(&asked.server).wait());
        }
    }
    let [warm, cold, by_hand, others @ ..] = all.as_slice() else { return };
    let beside = |one: &Asked, other: &Asked| {
        let row = Row::time(format!("CPU: {}", one.name), median(&one.cpu));
        row.beside_by(&other.name, median(&other.cpu), ratio(&one.cpu, &other.cpu))
    };
    figures.add(beside(cold, by_hand).sought(Bound::AbovePeerAtMost(1e3)));
    for other in others {
        let row = beside(warm, other);
        figures.add(match other.name.as_str() {
            "the route alone" => row.sought(Bound::AbovePeerAtMost(500.0)),
            "tower-sessions, in memory" => row.sought(Bound::RatioAtMost(1.0)),
            _ => row,
        });
    }
    for other in others {
        let row = Row::time(format!("waited for, p50: {}", warm.name), median(&warm.waits));
        figures.add(row.beside_by(&other.name, median(&other.waits), ratio(&warm.waits, &other.waits)));
    }
}
