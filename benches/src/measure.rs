//! Interleaved runs, medians, sizes, and data to measure with.

use std::sync::Barrier;
use std::time::Instant;

use hallpass::status::TokenFacts;
use hallpass::{Denylist, Revocation, SessionId, TokenId};

/// Whose tokens are measured, and who holds them.
pub const ISSUER: &str = "https://app.example";
pub const SUBJECT: &str = "user-123456789";

/// Whether this run only shows that everything runs: tiny sizes, few rounds.
#[must_use]
pub fn is_smoke() -> bool {
    std::env::var_os("HALLPASS_BENCH_SMOKE").is_some_and(|value| value == "1")
}

/// A size or a count, or the one of a run that only shows that everything runs.
#[must_use]
pub fn sized<T>(full: T, smoke: T) -> T {
    if is_smoke() { smoke } else { full }
}

/// Numbers of entries: those of up to `most`, or a few tiny ones.
#[must_use]
pub fn sizes(most: usize) -> Vec<usize> {
    let all = sized([1_000_000, 10_000_000, 100_000_000], [1_000, 10_000, 100_000]);
    let most = sized(most, most / 1_000);
    all.into_iter().filter(|size| *size <= most).collect()
}

/// Fast random numbers for test data (SplitMix64).
pub struct Random(pub u64);

impl Random {
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn id(&mut self) -> [u8; 16] {
        (u128::from(self.number()) << 64 | u128::from(self.number())).to_ne_bytes()
    }
}

/// The nth of `count` random ids that come in the order of their first 6 bits, by which a list divides them: this way the
/// part that is being filled stays in the caches, and a list of 100 million is there in less than half the time.
pub fn grouped_id(n: usize, count: usize, random: &mut Random) -> [u8; 16] {
    let first = ((n as u128 * 64 / count as u128) as u64) << 58 | random.number() >> 6;
    (u128::from(first) << 64 | u128::from(random.number())).to_be_bytes()
}

/// A part of the way from the least sample to the greatest.
pub fn percentile(samples: &mut [f64], part: f64) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples[((samples.len() - 1) as f64 * part) as usize]
}

/// The one in the middle, or what lies half-way between two.
///
/// # Panics
/// When there is none.
#[must_use]
pub fn median(samples: &[f64]) -> f64 {
    let mut samples = samples.to_vec();
    samples.sort_by(f64::total_cmp);
    let middle = samples.len() / 2;
    if samples.len() % 2 == 1 { samples[middle] } else { f64::midpoint(samples[middle - 1], samples[middle]) }
}

/// The median of the rounds' ratios.
#[must_use]
pub fn ratio(ours: &[f64], theirs: &[f64]) -> f64 {
    let ratios: Vec<f64> = ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs).collect();
    median(&ratios)
}

/// The median of the rounds' differences.
#[must_use]
pub fn difference(ours: &[f64], theirs: &[f64]) -> f64 {
    let differences: Vec<f64> = ours.iter().zip(theirs).map(|(ours, theirs)| ours - theirs).collect();
    median(&differences)
}

/// Nanoseconds per call of a block of calls.
pub fn per_call(calls: usize, mut block: impl FnMut()) -> f64 {
    let begin = Instant::now();
    block();
    begin.elapsed().as_nanos() as f64 / calls as f64
}

/// The mean of what the same work takes on two threads that begin at once; each is told which one it is.
///
/// # Panics
/// When the work does.
pub fn on_two_threads(work: impl Fn(u64) -> f64 + Sync) -> f64 {
    let both_are_there = Barrier::new(2);
    let begin = |which| {
        both_are_there.wait();
        work(which)
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(|| begin(1));
        begin(0).midpoint(other.join().unwrap())
    })
}

/// What is measured beside others: its name, and one call of it.
pub struct Contender<'a> {
    pub name: String,
    pub call: Box<dyn Fn() + 'a>,
}

impl<'a> Contender<'a> {
    pub fn new(name: impl Into<String>, call: impl Fn() + 'a) -> Self {
        Self { name: name.into(), call: Box::new(call) }
    }
}

/// Nanoseconds per call of each in each round, all of a round one after the other.
#[must_use]
pub fn interleaved(rounds: usize, calls: usize, contenders: &[Contender<'_>]) -> Vec<Vec<f64>> {
    let mut samples = vec![vec![]; contenders.len()];
    for _ in 0..rounds {
        for (samples, contender) in samples.iter_mut().zip(contenders) {
            samples.push(per_call(calls, || (0..calls).for_each(|_| (contender.call)())));
        }
    }
    samples
}

/// A list with this many ids, made now.
///
/// # Panics
/// When there is no room for them.
#[must_use]
pub fn denylist(ids: usize, random: &mut Random) -> Denylist {
    let denylist = Denylist::builder().capacity(200_000_000).in_memory().unwrap();
    let now = chrono::Utc::now();
    for n in 0..ids {
        denylist.revoke_at(TokenId::from_bytes(grouped_id(n, ids, random)), now).wait().unwrap();
    }
    denylist
}

/// Lists so many subjects that nobody is, and a key, so that a check has all of its steps.
pub fn cutoffs(denylist: &Denylist, count: usize) {
    for subject in 0..count {
        let subject = format!("gone-{subject}");
        let what = Revocation::Subject { issuer: ISSUER.to_owned(), subject, except: None };
        denylist.revoke(what).wait().unwrap();
    }
    denylist.revoke(hallpass::key::SecretKey::generate().unwrap().id()).wait().unwrap();
}

/// Makes facts of renewed tokens (their `jti` is not their `sid`) of which nothing is listed. What a
/// request has just parsed is warm, so they are made on the spot and not fetched from a large table.
pub struct Unlisted {
    subjects: Vec<String>,
    key_id: hallpass::key::KeyId,
    auth_time: chrono::DateTime<chrono::Utc>,
}

impl Default for Unlisted {
    fn default() -> Self {
        Self::later(chrono::TimeDelta::hours(1))
    }
}

impl Unlisted {
    /// Of sessions that begin so much later than now.
    ///
    /// # Panics
    /// When the random generator fails.
    #[must_use]
    pub fn later(later: chrono::TimeDelta) -> Self {
        Self {
            subjects: (0..64).map(|n| format!("user-{n:09}")).collect(),
            key_id: hallpass::key::SecretKey::generate().unwrap().id(),
            auth_time: chrono::Utc::now() + later,
        }
    }

    pub fn token(&self, random: &mut Random) -> TokenFacts<'_> {
        self.with_ids(random.id(), random.id())
    }

    /// Of one of 64 subjects.
    #[must_use]
    pub fn with_ids(&self, token_id: [u8; 16], session_id: [u8; 16]) -> TokenFacts<'_> {
        let subject = &self.subjects[usize::from(token_id[0] & 63)];
        let (token_id, session_id) = (TokenId::from_bytes(token_id), SessionId::from_bytes(session_id));
        TokenFacts::new(token_id, session_id, ISSUER, subject, self.auth_time, self.key_id)
    }
}
