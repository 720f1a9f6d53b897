//! The process that is killed.

use std::fs::File;
use std::io::Write as _;
use std::os::fd::AsFd as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::task::Poll;
use std::thread;
use std::time::Duration;

use chrono::{DateTime, Utc};
use hallpass::key::SecretKey;
use hallpass::{Denylist, Revocation, RevokeError, SessionId, TokenId};

use crate::acknowledged::{ISSUER, line};
use crate::chance::Chance;
use crate::clock::{Clock, LEEWAY, LIFETIME};

const ORDERS: &str = "HALLPASS_KILLED_CHILD";

/// Threads that wait for each revocation, and tasks that do so without a thread each.
const THREADS: u64 = 3;
const TASKS: u64 = 64;

const PURGE_EVERY: Duration = Duration::from_millis(3);

/// What a child is told.
pub(crate) struct Orders {
    pub(crate) path: PathBuf,
    pub(crate) base: DateTime<Utc>,
    pub(crate) seed: u64,
}

impl Orders {
    /// The orders of this process, if it is a child.
    pub(crate) fn from_environment() -> Option<Self> {
        let orders = std::env::var(ORDERS).ok()?;
        let mut words = orders.splitn(3, ' ');
        let seed = words.next()?.parse().ok()?;
        let base = DateTime::from_timestamp_micros(words.next()?.parse().ok()?)?;
        Some(Self { path: words.next()?.into(), base, seed })
    }

    /// Runs a child with these orders.
    pub(crate) fn give(&self) -> Child {
        let Self { path, base, seed } = self;
        Command::new(std::env::current_exe().unwrap())
            .env(ORDERS, format!("{seed} {} {}", base.timestamp_micros(), path.display()))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap()
    }
}

/// Revokes until it is killed.
pub(crate) fn run(orders: &Orders) -> ! {
    let clock = Clock::start(orders.base);
    let builder = Denylist::builder().longest_lifetime(LIFETIME).leeway(LEEWAY);
    let work = Work {
        list: builder.open_at(&orders.path, clock.now()).unwrap_or_else(|error| fail(&error.to_string())),
        clock,
        seed: orders.seed,
        out: std::io::stdout().as_fd().try_clone_to_owned().unwrap().into(),
    };
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let work = &work;
            scope.spawn(move || work.revoke_and_wait(thread));
        }
        scope.spawn(|| work.revoke_in_tasks());
        loop {
            work.list.purge_at(work.clock.now());
            thread::sleep(PURGE_EVERY);
        }
    })
}

struct Work {
    list: Denylist,
    clock: Clock,
    seed: u64,
    /// Nothing is kept back: a line is written at once and in one piece.
    out: File,
}

impl Work {
    fn chance(&self, worker: u64) -> Chance {
        Chance::new(Chance::new(self.seed ^ (worker << 48)).next())
    }

    fn revoke_and_wait(&self, worker: u64) -> ! {
        let mut chance = self.chance(worker);
        loop {
            let (what, now) = (something(&mut chance), self.clock.now());
            self.tell(&what, now, self.list.revoke_at(what.clone(), now).wait().map(drop));
        }
    }

    fn revoke_in_tasks(&self) -> ! {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut tasks: Vec<_> = (0..TASKS).map(|task| Box::pin(self.revoke_and_await(THREADS + task))).collect();
            // All of them in this thread, and none of them ends.
            std::future::poll_fn(|context| {
                for task in &mut tasks {
                    let _ = task.as_mut().poll(context);
                }
                Poll::Pending
            })
            .await
        })
    }

    async fn revoke_and_await(&self, worker: u64) -> ! {
        let mut chance = self.chance(worker);
        loop {
            let (what, now) = (something(&mut chance), self.clock.now());
            self.tell(&what, now, self.list.revoke_at(what.clone(), now).await.map(drop));
        }
    }

    fn tell(&self, what: &Revocation, made: DateTime<Utc>, result: Result<(), RevokeError>) {
        if let Err(error) = result {
            fail(&error.to_string());
        }
        // Nobody reads it any more when the parent has been interrupted.
        (&self.out).write_all(line(what, made).as_bytes()).unwrap_or_else(|error| fail(&error.to_string()));
    }
}

/// Mostly tokens and sessions, at times a subject, and now and then a key, which stays for good.
fn something(chance: &mut Chance) -> Revocation {
    match chance.below(1000) {
        0 => SecretKey::generate().unwrap().id().into(),
        1..150 => Revocation::subject(ISSUER, format!("subject-{:x}", chance.next())),
        150..500 => SessionId::from_bytes(chance.id()).into(),
        _ => TokenId::from_bytes(chance.id()).into(),
    }
}

/// The parent is told by the way in which it ends.
fn fail(why: &str) -> ! {
    eprintln!("the child failed: {why}");
    std::process::exit(1)
}
