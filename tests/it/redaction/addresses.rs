//! URLs of engines hold passwords, and no error shows them, nor any event: neither of a URL that says nothing, nor of an
//! engine that can't be reached. `tests/fleet` does the same with engines that can.

use std::time::Duration;

use hallpass::Denylist;

use super::Canary;
use crate::events::listener::heard;

const SECRETS: [&str; 2] = ["passwordcanarypassword", "usercanaryuser"];

/// Whatever a URL says, with a user and a password in it. Nobody listens on port 1.
fn urls(scheme: &str) -> Vec<String> {
    let [password, user] = SECRETS;
    let of = |rest: &str| format!("{scheme}://{user}:{password}{rest}");
    let mut urls = vec![
        of("@127.0.0.1:1/list"),
        of("@127.0.0.1:1/list?sslmode=disable"),
        of("@127.0.0.1:1/list?sslrootcert=/nowhere"),
        of("@127.0.0.1:1/list?unknown=1"),
        of("@127.0.0.1:port/list"),
        of("@127.0.0.1:99999999/0"),
        of("@@127.0.0.1:1/0"),
        of("/x@127.0.0.1:1/0"),
        of("@[::1/0"),
        of(""),
        of("@127.0.0.1:1/%zz"),
        format!("{scheme}:{user}:{password}@127.0.0.1"),
        format!("{scheme}://127.0.0.1:1/{password}?{user}={password}"),
    ];
    if scheme == "postgres" {
        urls.push(format!("host=127.0.0.1 port=1 user={user} password={password}"));
        urls.push(format!("host=127.0.0.1 port=1 user={user} password='{password}"));
    }
    urls
}

fn unseen(scheme: &str) {
    let canary = Canary::of_texts(SECRETS.map(str::to_owned));
    for url in urls(scheme) {
        let (error, events) = heard(|| Denylist::connect(&url).unwrap_err());
        canary.unseen_by_error(&error);
        canary.unseen_by_debug("an event", &events);
    }
}

#[cfg(feature = "postgres")]
#[test]
fn no_error_of_postgresql_shows_a_password() {
    use hallpass::store::PostgresStore;

    unseen("postgres");
    let canary = Canary::of_texts(SECRETS.map(str::to_owned));
    let builder = PostgresStore::builder().connect_limit(Duration::from_secs(1));
    canary.unseen_by_debug("PostgresBuilder", &builder);
}

#[cfg(feature = "redis")]
#[test]
fn no_error_of_redis_shows_a_password() {
    use hallpass::store::RedisStore;

    unseen("redis");
    unseen("rediss");
    let canary = Canary::of_texts(SECRETS.map(str::to_owned));
    canary.unseen_by_debug("RedisBuilder", &RedisStore::builder().connect_limit(Duration::from_secs(1)));
}

/// Of no engine that this build knows.
#[test]
fn no_error_of_another_engine_shows_a_password() {
    unseen("mysql");
}

/// Of the one nobody need try again.
#[cfg(all(feature = "postgres", feature = "redis"))]
#[test]
fn what_can_not_be_an_address_is_told_apart_from_an_engine_that_is_away() {
    use hallpass::DenylistError;
    use hallpass::store::StoreErrorKind;

    let refused = |url: &str| match Denylist::connect(url).unwrap_err() {
        DenylistError::Store(error) => error.kind(),
        other => panic!("{other}"),
    };
    for url in [
        "nonsense",
        "redis://127.0.0.1:port",
        "rediss://127.0.0.1:1?sslrootcert=/nowhere",
        "postgres://u@127.0.0.1:port/d",
        "postgres://u@127.0.0.1:1/d?sslmode=never",
        "postgres://u@127.0.0.1:1/d?sslmode=require&sslrootcert=/nowhere",
    ] {
        assert_eq!(refused(url), StoreErrorKind::Address, "{url}");
    }
    assert_eq!(["redis://127.0.0.1:1", "postgres://u@127.0.0.1:1/d"].map(refused), [StoreErrorKind::Io; 2]);
}
