//! What a session costs a server: CPU time for each request of the example's `/me`, beside the same route without any
//! session, with a token verified by hand, and with what others do on each request: a session in memory or in Redis
//! (tower-sessions), or a JWT and a question to Redis whether it was revoked.
//!
//! The layer is around all others, and measured cold, with its verifier's cache of verified tokens switched off, and
//! warm, as it is unless set; and once more below the others.
//!
//! Each server is a process of its own, so that only its own time counts, and a new one in each round, since where its
//! memory happens to lie counts as well; all are asked in turn. Linux alone tells the time of a process this finely.

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
use hallpass_benches::measure::{difference, median, ratio, sized};
use hallpass_benches::redis_server::RedisServer;
use load::Load;
use server::Server;

/// There, and back.
const ROUNDS: usize = 12;

/// What others do for each request, and what that is called.
const PEERS: [(&str, &str); 3] = [
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
    let peers = if redis.is_some() { &PEERS[..] } else { &PEERS[..1] };
    if redis.is_none() {
        figures.note("tower-sessions in Redis, and JWT with Redis, were not measured: no redis-server is installed.");
    }
    let url = redis.as_ref().map(RedisServer::url).unwrap_or_default();
    for (kind, name) in [("local", "v4.local"), ("public", "v4.public")] {
        let mut all = vec![
            Asked::new(&format!("warm {kind}"), format!("the layer, warm, {name}")),
            Asked::new("bare", "the route alone"),
            Asked::new(&format!("within {kind}"), format!("the layer, below others, warm, {name}")),
            Asked::new("idle", "a layer that does nothing"),
        ];
        all.extend(peers.iter().map(|(kind, name)| Asked::new(kind, *name)));
        all.push(Asked::new(kind, format!("the layer, cold, {name}")));
        all.push(Asked::new(&format!("verifying {kind}"), format!("by hand, cold, {name}")));
        measure(&mut figures, all, &url);
    }
    figures.save();
}

/// A kind of server, what it is called, and its figures of each round.
struct Asked {
    kind: String,
    name: String,
    cpu: Vec<f64>,
    waits: Vec<f64>,
}

impl Asked {
    fn new(kind: &str, name: impl Into<String>) -> Self {
        Self { kind: kind.to_owned(), name: name.into(), cpu: vec![], waits: vec![] }
    }

    fn ask(&mut self, redis: &str) {
        let server = Server::start(&self.kind, redis);
        self.cpu.push(Load::of(&server).cpu());
        self.waits.push(Load::of(&server).wait());
    }
}

/// The layer just before or after what it is beside, but for the peers.
fn measure(figures: &mut Figures, mut all: Vec<Asked>, redis: &str) {
    figures.progress(format!("{} servers in turn", all.len()));
    for _ in 0..sized(ROUNDS, 1) {
        all.iter_mut().for_each(|asked| asked.ask(redis));
        all.iter_mut().rev().for_each(|asked| asked.ask(redis));
    }
    let [warm, bare, within, idle, peers @ .., cold, by_hand] = all.as_slice() else { return };
    let beside = |one: &Asked, other: &Asked| {
        let row = Row::time(format!("CPU: {}", one.name), median(&one.cpu));
        let row = row.beside_by(&other.name, median(&other.cpu), ratio(&one.cpu, &other.cpu));
        row.above_by(difference(&one.cpu, &other.cpu))
    };
    figures.add(beside(warm, bare).sought(Bound::AbovePeerAtMost(500.0)));
    figures.add(beside(within, bare));
    figures.add(beside(within, idle));
    for peer in peers {
        let row = beside(warm, peer);
        let is_memory = peer.kind == "stored in memory";
        figures.add(if is_memory { row.sought(Bound::RatioAtMost(1.0)) } else { row });
    }
    figures.add(beside(cold, by_hand).sought(Bound::AbovePeerAtMost(1e3)));
    for other in [bare].into_iter().chain(peers) {
        let row = Row::time(format!("waited for, p50: {}", warm.name), median(&warm.waits));
        figures.add(row.beside_by(&other.name, median(&other.waits), ratio(&warm.waits, &other.waits)));
    }
}
