//! Random ids, medians, and interleaved runs.

use std::time::Instant;

use hallpass::{Denylist, SessionId, TokenFacts, TokenId};

/// Fast random numbers for test data (SplitMix64).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn id(&mut self) -> [u8; 16] {
        (u128::from(self.next()) << 64 | u128::from(self.next())).to_ne_bytes()
    }
}

pub(crate) fn percentile(samples: &mut [f64], part: f64) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples[((samples.len() - 1) as f64 * part) as usize]
}

pub(crate) fn median(samples: &mut [f64]) -> f64 {
    percentile(samples, 0.5)
}

/// Nanoseconds per call of a block of calls.
pub(crate) fn per_call(calls: usize, mut block: impl FnMut()) -> f64 {
    let begin = Instant::now();
    block();
    begin.elapsed().as_nanos() as f64 / calls as f64
}

/// A list with this many random ids, made now.
pub(crate) fn denylist(ids: usize, random: &mut Random) -> Denylist {
    let denylist = Denylist::builder().capacity(20_000_000).in_memory().unwrap();
    let now = chrono::Utc::now();
    for _ in 0..ids {
        denylist.revoke_at(TokenId::from_bytes(random.id()), now).wait().unwrap();
    }
    denylist
}

/// Makes facts of renewed tokens (their `jti` is not their `sid`) of which nothing is listed. What a
/// request has just parsed is warm, so they are made on the spot and not fetched from a large table.
pub(crate) struct Unlisted {
    subjects: Vec<String>,
    key_id: hallpass::key::KeyId,
    auth_time: chrono::DateTime<chrono::Utc>,
}

impl Unlisted {
    pub(crate) fn new() -> Self {
        Self::later(chrono::TimeDelta::hours(1))
    }

    /// Of sessions that begin so much later than now.
    pub(crate) fn later(later: chrono::TimeDelta) -> Self {
        Self {
            subjects: (0..64).map(|n| format!("user-{n:09}")).collect(),
            key_id: hallpass::key::SecretKey::generate().unwrap().id(),
            auth_time: chrono::Utc::now() + later,
        }
    }

    pub(crate) fn token(&self, random: &mut Random) -> TokenFacts<'_> {
        let token_id = TokenId::from_bytes(random.id());
        let session_id = SessionId::from_bytes(random.id());
        let subject = &self.subjects[usize::from(token_id.to_bytes()[0] & 63)];
        TokenFacts {
            token_id,
            session_id,
            issuer: "https://app.example",
            subject,
            auth_time: self.auth_time,
            key_id: self.key_id,
            prior_key_ids: &[],
        }
    }
}
