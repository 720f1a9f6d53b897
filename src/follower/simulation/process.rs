//! One process: what it knows, what it waits for, and its clocks.

use super::engine::Engine;
use super::random::Random;
use super::saver::Saver;
use super::{GRACE, SECOND};
use crate::denyset::{Capacity, DenySet, Secrets};
use crate::follower::{Follower, Freshness, Gathering, Moment};
use crate::store::Header;
use crate::time::TimeLimits;
use chrono::TimeDelta;

pub(super) struct Process {
    pub(super) life: u64,
    /// When this life began, which is where its clock that is never set starts from.
    pub(super) started: i64,
    /// By how much its wall's clock is ahead as a rule, and has jumped besides.
    pub(super) ahead: i64,
    pub(super) jumped: i64,
    pub(super) paused_until: i64,
    pub(super) clock_rests_until: i64,
    pub(super) is_cut_off: bool,
    pub(super) is_on_old: bool,
    /// For so long it accepts what is stale.
    pub(super) accepts_stale: i64,
    /// The calls and the wait whose end it waits for: others come too late.
    pub(super) following: u64,
    pub(super) saving: u64,
    pub(super) live: Option<Live>,
}

/// What a process has once it has seen the header.
pub(super) struct Live {
    pub(super) set: DenySet,
    pub(super) freshness: Freshness,
    pub(super) follower: Follower,
    pub(super) gathering: Gathering,
    pub(super) saver: Saver,
    /// Whether the engine lacked nothing of its own when the last look began.
    pub(super) is_settled: bool,
    /// Whether the whole snapshot was ever joined, and whether that is one of the list as it is now.
    pub(super) was_whole: bool,
    pub(super) is_whole: bool,
    pub(super) waits: bool,
    /// Logins that wait for a look that begins after they asked, and for the one that is under way, which began then.
    pub(super) asked: Vec<usize>,
    pub(super) asking: Vec<usize>,
    /// What is under way, and when the last look began: by its own clocks, and truly.
    pub(super) under: Under,
    pub(super) looked: (Moment, i64),
    /// When the last look truly began that went well.
    pub(super) heard: i64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Under {
    Look,
    Read,
    Epoch,
}

impl Process {
    pub(super) fn new(ahead: i64, accepts_stale: i64) -> Self {
        Self {
            life: 0,
            started: 0,
            ahead,
            jumped: 0,
            paused_until: 0,
            clock_rests_until: 0,
            is_cut_off: false,
            is_on_old: false,
            accepts_stale,
            following: 0,
            saving: 0,
            live: None,
        }
    }

    pub(super) fn wall(&self, at: i64) -> i64 {
        Engine::now(at) + self.ahead + self.jumped
    }

    pub(super) fn moment(&self, at: i64) -> Moment {
        Moment { monotonic: at - self.started, wall: self.wall(at) }
    }

    pub(super) fn is_paused(&self, at: i64) -> bool {
        at < self.paused_until
    }

    pub(super) fn restart(&mut self, at: i64) {
        self.life += 1;
        self.following += 1;
        self.saving += 1;
        (self.started, self.live) = (at, None);
    }

    /// It has seen the header: an empty set, of which nothing is known yet.
    pub(super) fn open(&mut self, header: Header, limits: TimeLimits, bound: i64, at: i64, random: &mut Random) {
        let capacity = Capacity { ids: 100_000, subjects: 100_000, sessions: 100_000 };
        let secrets = Secrets { filters: random.bytes(), subjects: header.subject_secret() };
        let from = header.vouches_from().timestamp_micros();
        let set = DenySet::new(limits, TimeDelta::microseconds(GRACE), capacity, secrets, from, self.wall(at)).shared();
        let leeway = limits.leeway().num_microseconds().unwrap();
        self.live = Some(Live {
            set,
            freshness: Freshness::new(bound, self.accepts_stale, leeway),
            follower: Follower::new(header, bound / 5),
            gathering: Gathering::default(),
            saver: Saver::default(),
            is_settled: false,
            was_whole: false,
            is_whole: false,
            waits: false,
            asked: Vec::new(),
            asking: Vec::new(),
            under: Under::Look,
            looked: (self.moment(at), at),
            heard: 0,
        });
    }

    /// Whether its wall's clock is as right as it is said to be.
    pub(super) fn is_clock_right(&self) -> bool {
        self.jumped.abs() < SECOND / 1_000
    }
}
