//! Whether the engine keeps what it acknowledges.

use std::time::Duration;

use redis::{Pipeline, Value};

use super::answer::{next, number, text};
use super::danger::RedisDanger;
use super::failure::{Step, failed, odd_answer};
use super::keys::Keys;
use super::line::Session;
use super::server::Server;
use crate::store::{EngineInfo, StoreErrorKind};
use crate::time::from_micros;

/// The oldest whose streams know how many entries were ever added, by which it is noticed that some are missing.
const OLDEST: u32 = 7;

/// The id of a history that there is none of.
const NO_HISTORY: &str = "0000000000000000000000000000000000000000";

const SETTINGS: [&str; 5] =
    ["appendonly", "appendfsync", "no-appendfsync-on-rewrite", "maxmemory-policy", "min-replicas-to-write"];

/// How many commands the scripts write with.
const WRITES: usize = 9;

/// What the engine says of itself.
pub(super) struct Engine {
    /// The history that it is at, which each start and each failover begins anew.
    pub(super) history: String,
    /// Whose history it carries on, if it was a replica that took over since it was started.
    pub(super) heir_of: Option<String>,
}

/// One of several values that stand after their names.
pub(super) fn field<'a>(answer: &'a Value, name: &str) -> Option<&'a Value> {
    let Value::Array(pairs) = answer else { return None };
    pairs.chunks_exact(2).find_map(|pair| match pair {
        [key, value] if text(key).is_ok_and(|key| key == name) => Some(value),
        _ => None,
    })
}

/// Refuses a version that lacks what is needed, by what `HELLO` has answered.
pub(super) fn check_version(hello: &Value) -> Step<()> {
    let said = |name| field(hello, name).and_then(|value| text(value).ok()).ok_or_else(odd_answer);
    let major = said("version")?.split('.').next().and_then(|major| major.parse::<u32>().ok());
    let major = major.ok_or_else(odd_answer)?;
    if major < OLDEST {
        return Err(failed(StoreErrorKind::Unsafe, format!("its version is {major}, and not {OLDEST} or newer")));
    }
    if said("mode")? == "sentinel" {
        return Err(failed(StoreErrorKind::Unsafe, "it is a sentinel, and keeps nothing"));
    }
    Ok(())
}

/// Asks for what [`check`] looks at.
pub(super) fn ask(pipeline: &mut Pipeline, server: &Server) {
    pipeline.cmd("CONFIG").arg("GET").arg(&SETTINGS);
    pipeline.cmd("INFO").arg("replication");
    if server.accepted.contains(&RedisDanger::CannotAsk) {
        // What can't be asked for one way may be told another way.
        pipeline.arg(&["persistence", "memory"]);
    }
    if server.is_named() {
        let Keys { list, log, due, .. } = &server.keys;
        let beat = server.keys.beat([0; 16]);
        let writes: [&[&str]; WRITES] = [
            &["SET", &beat, "1"],
            &["XADD", log, "*", "r", ""],
            &["XDEL", log, "1-0"],
            &["ZADD", due, "1", ""],
            &["ZREM", due, ""],
            &["HSET", list, "added", "1"],
            &["HINCRBY", list, "added", "1"],
            &["HDEL", list, "purged"],
            &["DEL", due],
        ];
        for write in writes {
            pipeline.cmd("ACL").arg(&["DRYRUN", "default"]).arg(write);
        }
    }
}

/// Refuses an engine that forgets what a script wrote when it reads its file again. A script's writes stand there as a
/// transaction, and `EXEC` asks whether the user may do that, which is then the user `default`: of one who may not,
/// nothing is left, and nobody is told. Newer engines don't ask (<https://github.com/redis/redis/issues/14541>,
/// <https://github.com/valkey-io/valkey/issues/3983>).
fn check_replay(answers: &mut impl Iterator<Item = Value>, server: &Server) -> Step<()> {
    if !server.is_named() {
        return Ok(());
    }
    let accepts = |danger| server.accepted.contains(&danger);
    let (mut is_allowed, mut is_told) = (true, true);
    for answer in answers.by_ref().take(WRITES) {
        match answer {
            Value::Okay => {}
            Value::ServerError(_) => is_told = false,
            _ => is_allowed = false,
        }
    }
    let why = match (is_told, is_allowed) {
        (false, _) if !accepts(RedisDanger::CannotAsk) => {
            "what the user default may do can't be asked for by ACL DRYRUN"
        }
        (true, false) if !accepts(RedisDanger::DefaultUserMayNotWrite) => {
            "the user default may not do what this one does, so that the engine leaves it out when it reads its file"
        }
        _ => return Ok(()),
    };
    Err(failed(StoreErrorKind::Unsafe, why))
}

/// Refuses an engine that may lose what it acknowledges, or may not be asked whether it does. It may have become one
/// under the connection, so that each write asks.
pub(super) fn check(answers: &mut impl Iterator<Item = Value>, server: &Server) -> Step<Engine> {
    let accepts = |danger| server.accepted.contains(&danger);
    let settings = answers.next().ok_or_else(odd_answer)?;
    let told = next(answers)?;
    let told = text(&told)?;
    let setting = |name: &str| field(&settings, name).and_then(|value| text(value).ok());
    let instead = |name: &str| match name {
        "appendonly" => value(told, "aof_enabled").map(|enabled| if enabled == "1" { "yes" } else { "no" }),
        "maxmemory-policy" => value(told, "maxmemory_policy"),
        _ => None,
    };
    let check = |name: &str, is_safe: fn(&str) -> bool, danger: RedisDanger| {
        let value = match (setting(name), accepts(RedisDanger::CannotAsk)) {
            (Some(value), _) => value,
            (None, true) => match instead(name) {
                Some(value) => value,
                None => return Ok(()),
            },
            (None, false) => {
                return Err(failed(StoreErrorKind::Unsafe, format!("{name} can't be asked for by CONFIG GET")));
            }
        };
        let is_word = value.len() <= 20 && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        match is_safe(value) || accepts(danger) {
            true => Ok(()),
            false => Err(failed(StoreErrorKind::Unsafe, format!("{name} is {}", if is_word { value } else { "odd" }))),
        }
    };
    match value(told, "role") {
        Some("master") => {}
        Some(_) => return Err(failed(StoreErrorKind::Unsafe, "it is a replica")),
        None => return Err(odd_answer()),
    }
    check("appendonly", |value| value == "yes", RedisDanger::AppendOnlyOff)?;
    if !accepts(RedisDanger::AppendOnlyOff) {
        check("appendfsync", |value| value == "always", RedisDanger::LateFsync)?;
        check("no-appendfsync-on-rewrite", |value| value == "no", RedisDanger::LateFsync)?;
    }
    check("maxmemory-policy", |value| value == "noeviction", RedisDanger::Eviction)?;
    let has_replicas = value(told, "connected_slaves").is_some_and(|number| number != "0");
    if has_replicas && server.replicas == 0 {
        check("min-replicas-to-write", |value| value != "0", RedisDanger::ReplicasNotAwaited)?;
    }
    check_replay(answers, server)?;
    let heir_of = value(told, "master_replid2").filter(|history| *history != NO_HISTORY).map(str::to_owned);
    let history = value(told, "master_replid").ok_or_else(odd_answer)?.to_owned();
    Ok(Engine { history, heir_of })
}

/// What it says of itself.
pub(super) async fn info(session: &Session) -> Step<EngineInfo> {
    let mut pipeline = Pipeline::new();
    pipeline.cmd("INFO").arg("server");
    let told = next(&mut session.ask(pipeline).await?.into_iter())?;
    let told = text(&told)?;
    let version = match (value(told, "valkey_version"), value(told, "redis_version")) {
        (Some(version), _) => format!("Valkey {version}"),
        (None, Some(version)) => format!("Redis {version}"),
        (None, None) => return Err(odd_answer()),
    };
    let micros = value(told, "server_time_usec").and_then(|micros| micros.parse().ok()).ok_or_else(odd_answer)?;
    Ok(EngineInfo { version, now: from_micros(micros), last_look: None })
}

/// Waits until the replicas that were asked for have what was written before, for a part of the call's limit.
pub(super) fn ask_replicas(pipeline: &mut Pipeline, server: &Server, limit: Duration) {
    if server.replicas > 0 {
        // Before the call ends, so that the engine's answer tells how many have it.
        let millis = limit.as_millis().saturating_mul(3).div_euclid(4).max(1);
        pipeline.cmd("WAIT").arg(server.replicas).arg(u64::try_from(millis).unwrap_or(u64::MAX));
    }
}

/// Refuses an answer that too few replicas have.
pub(super) fn check_replicas(answers: &mut impl Iterator<Item = Value>, server: &Server) -> Step<()> {
    if server.replicas == 0 {
        return Ok(());
    }
    let have = number(&next(answers)?)?;
    if have < i64::from(server.replicas) {
        return Err(failed(StoreErrorKind::Io, format!("{have} of {} replicas have it", server.replicas)));
    }
    Ok(())
}

/// One line of what `INFO` has told.
pub(super) fn value<'a>(told: &'a str, name: &str) -> Option<&'a str> {
    told.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)]
mod tests {
    use super::*;
    use crate::store::RedisBuilder;

    fn bulk(text: &str) -> Value {
        Value::BulkString(text.as_bytes().to_vec())
    }

    fn hello(version: &str, mode: &str) -> Value {
        Value::Array([bulk("version"), bulk(version), bulk("mode"), bulk(mode)].into())
    }

    fn server(builder: RedisBuilder, url: &str) -> Server {
        builder.server(url).unwrap()
    }

    /// Why an engine is refused that has answered this.
    fn refusal(answers: Vec<Value>, server: &Server) -> Option<String> {
        let refused = check(&mut answers.into_iter(), server).err()?.told();
        Some(std::error::Error::source(&refused).unwrap().to_string())
    }

    /// What a good primary answers, but for this in the place of `yes`.
    fn settings(append_only: &str) -> Vec<Value> {
        let values = [append_only, "always", "no", "noeviction", "0"];
        let pairs = SETTINGS.iter().zip(values).flat_map(|(name, value)| [bulk(name), bulk(value)]);
        vec![Value::Array(pairs.collect()), bulk("role:master\r\nmaster_replid:a\r\n")]
    }

    #[test]
    fn an_engine_that_is_too_old_or_keeps_nothing_is_unsafe() {
        for (version, mode) in [("7.0.0", "standalone"), ("8", "cluster"), ("10.1", "standalone")] {
            assert!(check_version(&hello(version, mode)).is_ok(), "{version}");
        }
        for (version, mode, kind) in [
            ("6.2.14", "standalone", StoreErrorKind::Unsafe),
            ("7.0.0", "sentinel", StoreErrorKind::Unsafe),
            ("seven", "standalone", StoreErrorKind::Io),
        ] {
            let refused = check_version(&hello(version, mode)).err().map(|failure| failure.told().kind());
            assert_eq!(refused, Some(kind), "{version} {mode}");
        }
        assert!(check_version(&Value::Nil).is_err());
    }

    #[test]
    fn a_line_of_what_is_told_is_found_by_its_whole_name() {
        let told = "# Replication\r\nrole:master\r\nmaster_replid2:b\r\nmaster_replid:a:c\r\n";
        assert_eq!(value(told, "role"), Some("master"));
        assert_eq!(value(told, "master_replid"), Some("a:c"));
        assert_eq!(value(told, "master"), None);
    }

    #[test]
    fn a_setting_is_shown_if_it_is_a_word() {
        let server = server(RedisBuilder::new(), "redis://localhost");
        assert_eq!(refusal(settings("yes"), &server), None);
        let long = "a".repeat(21);
        for (value, shown) in [("no-2", "no-2"), (&long[..20], &long[..20]), (&long, "odd"), ("a b", "odd")] {
            assert_eq!(refusal(settings(value), &server).unwrap(), format!("appendonly is {shown}"));
        }
    }

    #[test]
    fn what_the_user_default_may_do_must_be_known_unless_it_is_the_one_who_asks() {
        let asked = |server: &Server| {
            let mut pipeline = Pipeline::new();
            ask(&mut pipeline, server);
            pipeline.len()
        };
        assert_eq!(asked(&server(RedisBuilder::new(), "redis://localhost")), 2);
        assert_eq!(asked(&server(RedisBuilder::new(), "redis://default:p@localhost")), 2);
        let named = server(RedisBuilder::new(), "redis://app:p@localhost");
        assert_eq!(asked(&named), 2 + WRITES);
        let with = |answer: Value| settings("yes").into_iter().chain(vec![answer; WRITES]).collect();
        let untold = || redis::parse_redis_value(b"-NOPERM no\r\n").unwrap();
        assert_eq!(refusal(with(Value::Okay), &named), None);
        assert!(refusal(with(untold()), &named).unwrap().contains("ACL DRYRUN"));
        assert!(refusal(with(bulk("may not")), &named).unwrap().contains("may not do"));
        let accepted = server(RedisBuilder::new().accept(RedisDanger::CannotAsk), "redis://app:p@localhost");
        assert_eq!(refusal(with(untold()), &accepted), None);
        assert!(refusal(with(bulk("may not")), &accepted).unwrap().contains("may not do"));
    }

    #[test]
    fn who_waits_for_no_replica_asks_for_none() {
        for (replicas, asked) in [(0, 0), (1, 1), (2, 1)] {
            let mut pipeline = Pipeline::new();
            let server = server(RedisBuilder::new().replicas(replicas), "redis://localhost");
            ask_replicas(&mut pipeline, &server, Duration::from_secs(1));
            assert_eq!(pipeline.len(), asked, "{replicas}");
        }
    }
}
