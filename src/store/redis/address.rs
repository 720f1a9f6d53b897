//! The URL: whom to connect to, and how.

use std::path::PathBuf;
use std::sync::Arc;

use redis::RedisConnectionInfo;

use crate::store::address::{decoded, is_this_machine};
use crate::store::{StoreError, StoreErrorKind};

/// What stands in a URL. It holds a password, and is never shown.
pub(super) struct Address {
    pub(super) host: String,
    pub(super) port: u16,
    /// Who asks, and for which database.
    pub(super) info: RedisConnectionInfo,
    pub(super) wants_tls: bool,
    /// Whom to trust in the place of those whom the system trusts.
    pub(super) roots: Option<PathBuf>,
    /// Before the names of the list's keys.
    pub(super) prefix: Option<String>,
    /// Host, port and database: what errors say of it.
    pub(super) name: Arc<str>,
}

const PORT: u16 = 6379;

impl Address {
    /// Reads a URL. What is wrong with it is told without any part of it.
    pub(super) fn parse(url: &str) -> Result<Self, StoreError> {
        let (scheme, rest) = url.split_once("://").ok_or_else(|| wrong("it begins with redis:// or rediss://"))?;
        let wants_tls = match scheme {
            "redis" => false,
            "rediss" => true,
            _ => return Err(wrong("it begins with redis:// or rediss://")),
        };
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        if rest.matches('@').count() > 1 {
            return Err(wrong("'@' in a password is written as %40"));
        }
        let (who, place) = rest.split_once('@').unwrap_or(("", rest));
        let (place, database) = place.split_once('/').unwrap_or((place, ""));
        let (host, port) = host_and_port(place)?;
        let database = match database {
            "" => 0,
            number => number.parse::<u16>().map_err(|_| wrong("the database is a number"))?,
        };
        let info = of_whom(who)?.set_db(database.into());
        let name = match database {
            0 => format!("{place}:{port}", place = shown(&host)),
            number => format!("{place}:{port}/{number}", place = shown(&host)),
        };
        let mut may_be_plain = is_this_machine(&host);
        let mut address = Self { host, port, info, wants_tls, roots: None, prefix: None, name: name.into() };
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = decoded(value).ok_or_else(|| wrong("a value is not in UTF-8"))?;
            match key {
                "sslrootcert" if wants_tls => address.roots = Some(value.into()),
                "sslrootcert" => return Err(wrong("sslrootcert is for rediss://")),
                "sslmode" if !wants_tls && value == "disable" => may_be_plain = true,
                "sslmode" => return Err(wrong("sslmode is disable, and for redis://")),
                "prefix" => address.prefix = Some(checked_prefix(value)?),
                _ => return Err(wrong("prefix, sslrootcert and sslmode are what may be set in it")),
            }
        }
        if !wants_tls && !may_be_plain {
            let why = "redis:// sends all as it is, the password too: to another machine it is rediss://, or sslmode=disable \
                       says that this is meant";
            return Err(StoreError::new(StoreErrorKind::Address).because(why).at(address.name));
        }
        Ok(address)
    }
}

fn wrong(why: &'static str) -> StoreError {
    StoreError::new(StoreErrorKind::Address).because(format!("not a URL of a Redis server: {why}"))
}

/// What may stand before the names of keys. Braces would give some of them another slot of a cluster.
pub(super) fn checked_prefix(prefix: String) -> Result<String, StoreError> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':');
    let is_allowed = (1..=100).contains(&prefix.len()) && prefix.chars().all(is_plain);
    if is_allowed { Ok(prefix) } else { Err(wrong("a prefix is up to 100 letters, digits, and '-', '_', '.', ':'")) }
}

fn of_whom(who: &str) -> Result<RedisConnectionInfo, StoreError> {
    let part = |text| decoded(text).ok_or_else(|| wrong("the user or the password is not in UTF-8"));
    let (user, password) = who.split_once(':').unwrap_or((who, ""));
    let mut info = RedisConnectionInfo::default().set_lib_name("hallpass", env!("CARGO_PKG_VERSION"));
    if !user.is_empty() {
        if password.is_empty() {
            return Err(wrong("a user has a password: user:password@host"));
        }
        info = info.set_username(part(user)?);
    }
    if !password.is_empty() {
        info = info.set_password(part(password)?);
    }
    Ok(info)
}

fn host_and_port(place: &str) -> Result<(String, u16), StoreError> {
    let (host, port) = match place.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, port)) => (host, port.strip_prefix(':').unwrap_or(port)),
        None => place.split_once(':').unwrap_or((place, "")),
    };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    if host.is_empty() || !host.chars().all(is_plain) {
        return Err(wrong(
            "it names no host, or one that can't be; '?' and '@' in a password are written as %3F and %40",
        ));
    }
    let port = if port.is_empty() { Ok(PORT) } else { port.parse() };
    Ok((host.to_owned(), port.map_err(|_| wrong("the port is a number"))?))
}

/// An address of many parts stands in brackets.
fn shown(host: &str) -> String {
    if host.contains(':') { format!("[{host}]") } else { host.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_meant() {
        for (url, host, port, name) in [
            ("rediss://one", "one", 6379, "one:6379"),
            ("rediss://u:p@one.example:7000/3", "one.example", 7000, "one.example:7000/3"),
            ("redis://:p%40%2F@[::1]:7000/", "::1", 7000, "[::1]:7000"),
            ("redis://[::1]?prefix=a.b-c_d:e", "::1", 6379, "[::1]:6379"),
            ("rediss://u:p/q@one", "one", 6379, "one:6379"),
        ] {
            let address = Address::parse(url).unwrap();
            assert_eq!((&*address.host, address.port, &*address.name), (host, port, name));
            assert_eq!(address.wants_tls, url.starts_with("rediss"));
        }
        let address = Address::parse("rediss://u%C3%B6:p%40%2F@one/1?prefix=mine&sslrootcert=%2Fa%20b").unwrap();
        assert_eq!((address.info.username(), address.info.password()), (Some("uö"), Some("p@/")));
        assert_eq!((address.prefix.as_deref(), address.roots.as_deref()), (Some("mine"), Some("/a b".as_ref())));
    }

    #[test]
    fn only_what_stays_on_this_machine_is_plain_unless_somebody_says_so() {
        for url in [
            "redis://localhost",
            "redis://u:p@127.9.0.1:7000/3?prefix=mine",
            "redis://[::1]?sslmode=disable",
            "redis://u:p@db.example?sslmode=disable",
            "redis://192.0.2.1?prefix=mine&sslmode=disable",
        ] {
            assert!(!Address::parse(url).unwrap().wants_tls, "{url}");
        }
        for url in ["redis://u:p@db.example", "redis://localhost.example", "redis://192.0.2.1?prefix=mine"] {
            let error = Address::parse(url).err().unwrap_or_else(|| panic!("{url}"));
            assert_eq!(error.kind(), StoreErrorKind::Address);
            assert!(format!("{error:?}").contains("sslmode=disable"), "{error:?}");
        }
        assert!(Address::parse("rediss://db.example").unwrap().wants_tls);
    }

    #[test]
    fn what_has_no_place_in_such_a_url_is_told_by_its_name() {
        for (url, why) in [
            ("redis://localhost?sslrootcert=/a", "sslrootcert is for rediss://"),
            ("rediss://host?sslmode=disable", "sslmode is disable, and for redis://"),
            ("rediss://host?other=1", "what may be set"),
        ] {
            let error = Address::parse(url).err().unwrap_or_else(|| panic!("{url}"));
            assert!(format!("{error:?}").contains(why), "{error:?}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_without_any_part_of_it() {
        for url in [
            "",
            "canary",
            "http://canary",
            "redis://",
            "rediss://",
            "rediss://canary canary",
            "redis://:canary@",
            "redis://canary@host",
            "redis://u:can@ary@host",
            "redis://u:can?ary@host",
            "redis://host:canary",
            "redis://host/canary",
            "rediss://host?canary=canary",
            "rediss://host?prefix={canary}",
            "rediss://host?prefix=",
            "redis://host?sslmode=disable&sslrootcert=/canary",
            "redis://localhost?sslmode=canary",
            "rediss://host?sslmode=disable&prefix=canary",
            "redis://canary:canary@db.example",
            "rediss://host?sslrootcert=canary%FF",
            "redis://u:%FFcanary@host",
        ] {
            let error = Address::parse(url).err().unwrap_or_else(|| panic!("{url}"));
            assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
            assert_eq!(error.kind(), StoreErrorKind::Address);
        }
    }
}
