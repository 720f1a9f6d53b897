//! What a session costs a server: CPU time for each request of the example's `/me`, beside the same route without any
//! session, with a token verified by hand, and with what others do on each request: a session in memory or in Redis
//! (tower-sessions), or a JWT and a question to Redis whether it was revoked.
//!
//! The layer is around all others, and measured cold, with its verifier's cache of verified tokens switched off, and
//! warm, as it is unless set; and once more below the others.
//!
//! Each server is a process of its own, so that only its own time counts, and a new one in each round, since where its
//! memory happens to lie counts as well. What differs by less than that is routes of one server, asked in turn many times.
//! A server and whoever asks it have one processor between them: on two, how often a server sleeps, and is woken, depends on
//! which of them happens to be faster, and is more than what is measured here. Linux alone tells the time of a process this
//! finely.

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
const ROUNDS: usize = 10;

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
    // But for Redis, which may run beside them.
    stay_on_one_processor();
    for (tokens, name) in [("local", "v4.local"), ("public", "v4.public")] {
        let routes = [
            ("/me", format!("the layer, warm, {name}")),
            ("/bare", "the route alone".to_owned()),
            ("/within", format!("the layer, below others, warm, {name}")),
            ("/idle", "a layer that does nothing".to_owned()),
            ("/cold", format!("the layer, cold, {name}")),
            ("/by-hand", format!("by hand, cold, {name}")),
        ];
        let ours = Asked::new(tokens, routes.to_vec());
        let peers = peers.iter().map(|(kind, name)| Asked::new(kind, vec![("/me", (*name).to_owned())])).collect();
        measure(&mut figures, ours, peers, &url);
    }
    figures.save();
}

/// This process, and whatever it starts from now on.
#[cfg(target_os = "linux")]
fn stay_on_one_processor() {
    use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};

    let this = nix::unistd::Pid::from_raw(0);
    let allowed = sched_getaffinity(this).unwrap();
    let last = (0..CpuSet::count()).rfind(|number| allowed.is_set(*number).unwrap()).unwrap();
    let mut one = CpuSet::new();
    one.set(last).unwrap();
    sched_setaffinity(this, &one).unwrap();
}

#[cfg(not(target_os = "linux"))]
fn stay_on_one_processor() {}

/// A kind of server, its routes, what they are called, and the figures of each round.
struct Asked {
    kind: String,
    routes: Vec<&'static str>,
    names: Vec<String>,
    cpu: Vec<Vec<f64>>,
    waits: Vec<Vec<f64>>,
}

impl Asked {
    fn new(kind: &str, routes: Vec<(&'static str, String)>) -> Self {
        let (routes, names): (Vec<_>, Vec<_>) = routes.into_iter().unzip();
        let none = vec![vec![]; routes.len()];
        Self { kind: kind.to_owned(), routes, names, cpu: none.clone(), waits: none }
    }

    fn ask(&mut self, redis: &str) {
        let server = Server::start(&self.kind, redis);
        let load = Load::of(&server, &self.routes);
        self.cpu.iter_mut().zip(load.cpu()).for_each(|(all, cpu)| all.push(cpu));
        self.waits.iter_mut().zip(load.waits()).for_each(|(all, wait)| all.push(wait));
    }

    /// What a route is called, and what it took.
    fn cpu(&self, number: usize) -> (&str, &[f64]) {
        (&self.names[number], &self.cpu[number])
    }

    /// What it is called, and how long it was waited for.
    fn waits(&self, number: usize) -> (&str, &[f64]) {
        (&self.names[number], &self.waits[number])
    }
}

fn measure(figures: &mut Figures, mut ours: Asked, mut peers: Vec<Asked>, redis: &str) {
    figures.progress(format!("{} servers in turn", peers.len() + 1));
    for _ in 0..sized(ROUNDS, 1) {
        ours.ask(redis);
        peers.iter_mut().for_each(|peer| peer.ask(redis));
        peers.iter_mut().rev().for_each(|peer| peer.ask(redis));
        ours.ask(redis);
    }
    let [warm, bare, within, idle, cold, by_hand] = std::array::from_fn(|number| ours.cpu(number));
    let beside = |what: &str, (name, ours): (&str, &[f64]), (other, others): (&str, &[f64])| {
        Row::time(format!("{what}: {name}"), median(ours)).beside_by(other, median(others), ratio(ours, others))
    };
    let cpu = |ours: (&str, &[f64]), others: (&str, &[f64])| {
        beside("CPU", ours, others).above_by(difference(ours.1, others.1))
    };
    figures.add(cpu(warm, bare).sought(Bound::AbovePeerAtMost(500.0)));
    figures.add(cpu(within, bare));
    figures.add(cpu(within, idle));
    for peer in &peers {
        let row = cpu(warm, peer.cpu(0));
        let is_memory = peer.kind == "stored in memory";
        figures.add(if is_memory { row.sought(Bound::RatioAtMost(1.0)) } else { row });
    }
    figures.add(cpu(cold, by_hand).sought(Bound::AbovePeerAtMost(1e3)));
    for others in [ours.waits(1)].into_iter().chain(peers.iter().map(|peer| peer.waits(0))) {
        figures.add(beside("waited for, p50", ours.waits(0), others));
    }
}
