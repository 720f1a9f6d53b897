//! The URL: whom to connect to, and how.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

use crate::store::address::{decoded, is_this_machine};
use crate::store::{StoreError, StoreErrorKind};

/// What stands in a URL. It holds a password, and is never shown.
pub(super) struct Address {
    pub(super) config: Config,
    /// Whom to trust in the place of those whom the system trusts.
    pub(super) roots: Option<PathBuf>,
    /// Hosts, ports and the database: what errors say of it.
    pub(super) name: Arc<str>,
}

/// What holds for each of our sessions. Roles may have other settings: one would hide the warnings on which we rely,
/// the next lets statements fail that meet each other. And each statement goes by an index, whatever a planner without
/// statistics thinks of that, and is never worth compiling.
///
/// The session begins with them. Set by statements, they would get through a pooler that hands out transactions, and stay
/// with connections which it lends to others; such a pooler refuses these.
const SETTINGS: [(&str, &str); 6] = [
    ("client_min_messages", "warning"),
    ("default_transaction_isolation", r"read\ committed"),
    ("jit", "off"),
    ("enable_seqscan", "off"),
    ("enable_bitmapscan", "off"),
    ("enable_sort", "off"),
];

const KEEPALIVE: Duration = Duration::from_secs(10);
/// Longer than any call's limit, and shorter than what an operating system does by itself.
const UNANSWERED: Duration = Duration::from_secs(15);

impl Address {
    /// Reads a URL, or `name=value` pairs. What is wrong with it is told without any part of it.
    pub(super) fn parse(url: &str, connect: Duration) -> Result<Self, StoreError> {
        let (url, ours) = if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            of_url(url)?
        } else {
            of_pairs(url)?
        };
        // What the parser says may quote what it has read.
        let mut config: Config = url.parse().map_err(|_| wrong("it can't be read"))?;
        let hosts = config.get_hosts().to_vec();
        let is_plain =
            |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '/' | '[' | ']' | '%');
        let odd = |host: &Host| matches!(host, Host::Tcp(name) if !name.chars().all(is_plain));
        if hosts.iter().any(odd) {
            return Err(wrong("there is no host of this name: '@' in a password is written as %40"));
        }
        if hosts.is_empty() && config.get_hostaddrs().is_empty() {
            return Err(wrong("it names no host"));
        }
        config.ssl_mode(match ours.mode.as_deref() {
            None if is_near(&config) => SslMode::Disable,
            None | Some("require" | "verify-ca" | "verify-full") => SslMode::Require,
            Some("disable") => SslMode::Disable,
            Some("prefer") => SslMode::Prefer,
            Some(_) => return Err(wrong("sslmode is one of disable, prefer, require, verify-ca, verify-full")),
        });
        config.options(options(config.get_options()));
        if config.get_application_name().is_none() {
            config.application_name("hallpass");
        }
        if config.get_connect_timeout().is_none() {
            // For each host; all of it has the same limit.
            let each = connect.checked_div(u32::try_from(hosts.len()).unwrap_or(u32::MAX)).unwrap_or(connect);
            config.connect_timeout(each);
        }
        config.keepalives(true).keepalives_idle(KEEPALIVE).keepalives_interval(KEEPALIVE).keepalives_retries(3);
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(UNANSWERED);
        }
        let name = name(&config).into();
        Ok(Self { config, roots: ours.roots, name })
    }

    /// Whether TLS may be spoken.
    pub(super) fn wants_tls(&self) -> bool {
        self.config.get_ssl_mode() != SslMode::Disable
    }
}

fn wrong(why: &'static str) -> StoreError {
    StoreError::new(StoreErrorKind::Address).because(format!("not a URL of a PostgreSQL database: {why}"))
}

/// What is ours to read, since the client knows no certificates.
#[derive(Default)]
struct Ours {
    mode: Option<String>,
    roots: Option<PathBuf>,
}

impl Ours {
    /// Takes a setting, if it is ours.
    fn take(&mut self, key: &str, value: &str) -> bool {
        match key {
            "sslmode" => self.mode = Some(value.to_owned()),
            "sslrootcert" => self.roots = Some(value.into()),
            _ => return false,
        }
        true
    }
}

fn of_url(url: &str) -> Result<(String, Ours), StoreError> {
    let (base, query) = url.rsplit_once('?').unwrap_or((url, ""));
    if base.matches('@').count() > 1 {
        return Err(wrong("'@' in a password is written as %40"));
    }
    let (mut ours, mut others) = (Ours::default(), Vec::new());
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let decoded = decoded(value).ok_or_else(|| wrong("a value is not in UTF-8"))?;
        if !ours.take(key, &decoded) {
            others.push(pair);
        }
    }
    let url = if others.is_empty() { base.to_owned() } else { format!("{base}?{}", others.join("&")) };
    Ok((url, ours))
}

/// `name=value name='a value'`, as libpq has it.
fn of_pairs(text: &str) -> Result<(String, Ours), StoreError> {
    let (mut ours, mut others) = (Ours::default(), String::new());
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (key, after) = rest.split_once('=').ok_or_else(|| wrong("it can't be read"))?;
        let after = after.trim_start();
        let (raw, value) = value(after).ok_or_else(|| wrong("a quote is not closed"))?;
        if !ours.take(key.trim(), &value) {
            others.push_str(&format!("{}={raw} ", key.trim()));
        }
        rest = after.get(raw.len()..).unwrap_or_default().trim_start();
    }
    Ok((others, ours))
}

/// The first value, as it is written and as it is meant.
fn value(text: &str) -> Option<(&str, String)> {
    let quoted = text.starts_with('\'');
    let (mut value, mut escaped) = (String::new(), false);
    for (at, c) in text.char_indices().skip(usize::from(quoted)) {
        match c {
            _ if escaped => {
                value.push(c);
                escaped = false;
            }
            '\\' => escaped = true,
            '\'' if quoted => return Some((text.get(..=at)?, value)),
            c if !quoted && c.is_whitespace() => return Some((text.get(..at)?, value)),
            c => value.push(c),
        }
    }
    (!quoted).then_some((text, value))
}

/// The URL's own options, and ours behind them: the last of a name counts.
fn options(theirs: Option<&str>) -> String {
    let ours = SETTINGS.iter().map(|(name, value)| format!("-c {name}={value}"));
    theirs.map(str::to_owned).into_iter().chain(ours).collect::<Vec<_>>().join(" ")
}

/// Whether nothing that is sent leaves this machine.
fn is_near(config: &Config) -> bool {
    let near = |host: &Host| match host {
        Host::Tcp(name) => is_this_machine(name),
        Host::Unix(_) => true,
    };
    match config.get_hostaddrs() {
        [] => config.get_hosts().iter().all(near),
        addresses => addresses.iter().all(std::net::IpAddr::is_loopback),
    }
}

fn name(config: &Config) -> String {
    let mut hosts: Vec<String> = config.get_hosts().iter().map(host_name).collect();
    if hosts.is_empty() {
        hosts = config.get_hostaddrs().iter().map(ToString::to_string).collect();
    }
    let ports = config.get_ports();
    let port = |at: usize| ports.get(at).or(ports.first()).copied().unwrap_or(5432);
    let hosts: Vec<String> = hosts.iter().enumerate().map(|(at, host)| format!("{host}:{}", port(at))).collect();
    let plain = |name: &&str| name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
    // Without one it has the user's name.
    let database = config.get_dbname().filter(plain).map(|name| format!("/{name}")).unwrap_or_default();
    format!("{}{database}", hosts.join(","))
}

fn host_name(host: &Host) -> String {
    match host {
        Host::Tcp(name) => name.clone(),
        Host::Unix(path) => path.display().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Address {
        Address::parse(url, KEEPALIVE).unwrap()
    }

    #[test]
    fn only_what_stays_on_this_machine_is_plain_unless_somebody_says_so() {
        for (url, mode) in [
            ("postgres://u:p@localhost/d", SslMode::Disable),
            ("postgres://127.9.0.1/d", SslMode::Disable),
            ("postgres://u:p@[::1]:5/d", SslMode::Disable),
            ("postgres://u:p@%2Frun%2Fpostgresql/d", SslMode::Disable),
            ("host=/run/postgresql user=u", SslMode::Disable),
            ("postgres://u:p@db.example/d", SslMode::Require),
            ("postgres://u:p@localhost.example/d", SslMode::Require),
            ("postgres://u:p@localhost,db.example/d", SslMode::Require),
            ("host=localhost hostaddr=192.0.2.1 user=u", SslMode::Require),
            ("postgres://u:p@db.example/d?sslmode=disable", SslMode::Disable),
            ("host=db.example user=u sslmode = prefer", SslMode::Prefer),
            ("postgres://u:p@localhost/d?sslmode=verify-full", SslMode::Require),
        ] {
            let address = parse(url);
            assert_eq!(address.config.get_ssl_mode(), mode, "{url}");
            assert_eq!(address.wants_tls(), mode != SslMode::Disable, "{url}");
        }
    }

    #[test]
    fn sessions_begin_with_our_settings_behind_those_of_the_url() {
        let ours = "-c client_min_messages=warning -c default_transaction_isolation=read\\ committed -c jit=off \
                    -c enable_seqscan=off -c enable_bitmapscan=off -c enable_sort=off";
        for (url, options) in [
            ("postgres://u:p@localhost/d", ours.to_owned()),
            ("postgres://u@h/d?options=-c%20search_path%3Down%2Cother", format!("-c search_path=own,other {ours}")),
            ("host=h user=u options='-c jit=on'", format!("-c jit=on {ours}")),
        ] {
            assert_eq!(parse(url).config.get_options(), Some(&*options), "{url}");
        }
    }

    #[test]
    fn what_is_ours_is_taken_out_and_the_rest_is_left() {
        let url = "postgresql://u:a%40b?c@one:1,two:2/d?sslrootcert=%2Fa%20b&connect_timeout=3&sslmode=require";
        let address = parse(url);
        assert_eq!(address.roots.as_deref(), Some("/a b".as_ref()));
        assert_eq!(address.config.get_password(), Some(&b"a@b?c"[..]));
        assert_eq!(address.config.get_connect_timeout(), Some(&Duration::from_secs(3)));
        assert_eq!(&*address.name, "one:1,two:2/d");
        let address = parse(r"host=one password='it\'s a = \\' sslrootcert='/a b' dbname='d' user=u");
        assert_eq!(address.roots.as_deref(), Some("/a b".as_ref()));
        assert_eq!(address.config.get_password(), Some(&br"it's a = \"[..]));
        assert_eq!(&*address.name, "one:5432/d");
        assert_eq!(parse("host=one password=it's user=u").config.get_password(), Some(&b"it's"[..]));
    }
}
