//! Bytes of memory for each live id, filter included, beside std's collections and Redis.

use std::collections::{HashMap, HashSet};

use hallpass::{Denylist, TokenId};
use hallpass_benches::figures::{BUILD, Bound, Figures, Plot, Row, grouped};
use hallpass_benches::measure::{Random, grouped_id, sizes};
use hallpass_benches::report::series_name;
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

fn main() {
    let mut figures = Figures::of("memory");
    for ids in sizes(100_000_000) {
        let ours = list(&mut figures, ids);
        if BUILD.is_empty() {
            collections(&mut figures, ids, &ours);
        }
        #[cfg(feature = "servers")]
        if sizes(10_000_000).contains(&ids) {
            redis(&mut figures, ids, &ours);
        }
    }
    figures.save();
}

/// What each id takes.
struct Bytes {
    /// When all are there.
    held: f64,
    /// At the worst moment of the last doubling, of the ids that were there at that moment: a small set is all fixed
    /// parts.
    worst: f64,
}

/// Fills something with ids.
fn fill(ids: usize, mut insert: impl FnMut([u8; 16])) -> Bytes {
    let before = MEMORY.current_usage();
    let mut random = Random(ids as u64);
    let mut worst = 0.0_f64;
    for n in 0..ids {
        MEMORY.reset_peak_usage();
        insert(grouped_id(n, ids, &mut random));
        if n > ids / 2 {
            worst = worst.max((MEMORY.peak_usage() - before) as f64 / (n + 1) as f64);
        }
    }
    Bytes { held: (MEMORY.current_usage() - before) as f64 / ids as f64, worst }
}

fn list(figures: &mut Figures, ids: usize) -> Bytes {
    let name = grouped(ids as f64);
    figures.progress(format!("a list of {name} ids"));
    let now = chrono::Utc::now();
    let denylist = Denylist::builder().capacity(200_000_000).in_memory().unwrap();
    let bytes = fill(ids, |id| {
        denylist.revoke_at(TokenId::from_bytes(id), now).wait().unwrap();
    });
    assert_eq!(denylist.stats().ids, ids);
    let rows = [
        (Row::bytes(format!("each of {name} ids"), bytes.held), 20.0),
        (Row::bytes(format!("each of {name}, at the worst moment while growing"), bytes.worst), 22.0),
    ];
    for (row, bound) in rows {
        figures.add(if BUILD.is_empty() { row.sought(Bound::AtMost(bound)) } else { row });
    }
    figures.point(Plot::Memory, series_name("hallpass"), ids as f64, bytes.held);
    bytes
}

fn collections(figures: &mut Figures, ids: usize, ours: &Bytes) {
    let show = |figures: &mut Figures, name: &str, theirs: Bytes| {
        let what = format!("each of {} ids", grouped(ids as f64));
        figures.add(Row::bytes(&what, ours.held).beside(name, theirs.held));
        figures.add(Row::bytes(format!("{what}, at the worst moment"), ours.worst).beside(name, theirs.worst));
        figures.point(Plot::Memory, name, ids as f64, theirs.held);
    };
    figures.progress("the same in std's collections");
    let mut set = HashSet::new();
    show(figures, "HashSet", fill(ids, |id| _ = set.insert(id)));
    drop(set);
    let mut map = HashMap::new();
    show(figures, "HashMap, with a byte of time", fill(ids, |id| _ = map.insert(id, 0_u8)));
}

/// The keys of a server that forgets them by itself; and how long one waits for an answer about one of them.
#[cfg(feature = "servers")]
fn redis(figures: &mut Figures, ids: usize, ours: &Bytes) {
    use hallpass_benches::measure::{median, per_call, sized};
    use hallpass_benches::redis_server::RedisServer;

    let Some(server) = RedisServer::start() else {
        return figures.note("Redis was not measured: no redis-server is installed.");
    };
    let name = grouped(ids as f64);
    figures.progress(format!("{name} keys in Redis"));
    let mut connection = server.client().get_connection().unwrap();
    let before = used(&mut connection);
    let mut random = Random(ids as u64);
    let mut pipe = redis::pipe();
    for n in 1..=ids {
        pipe.cmd("SET").arg(&random.id()).arg("").arg("EX").arg(1200).ignore();
        if n % 10_000 == 0 || n == ids {
            pipe.query::<()>(&mut connection).unwrap();
            pipe.clear();
        }
    }
    let each = (used(&mut connection) - before) / ids as f64;
    figures.add(Row::bytes(format!("each of {name} ids"), ours.held).beside("Redis, SET with an expiry", each));
    figures.point(Plot::Memory, "Redis", ids as f64, each);

    let mut ask = || {
        let found: bool = redis::cmd("EXISTS").arg(&random.id()).query(&mut connection).unwrap();
        assert!(!found);
    };
    let asked: Vec<f64> = (0..sized(20_000, 100)).map(|_| per_call(1, &mut ask)).collect();
    figures.point(Plot::Check, "Redis EXISTS, over loopback", ids as f64, median(&asked));
}

/// The bytes that Redis says it uses.
#[cfg(feature = "servers")]
fn used(connection: &mut redis::Connection) -> f64 {
    let told: String = redis::cmd("INFO").arg("memory").query(connection).unwrap();
    told.lines().find_map(|line| line.strip_prefix("used_memory:")).unwrap().trim().parse().unwrap()
}
