//! What the figures were measured on, and with which versions.

use std::fs;
use std::process::Command;

/// The packages whose versions a reader needs, by what Cargo.lock calls them.
const PACKAGES: [&str; 17] = [
    "pasetors",
    "bloomfilter",
    "arc-swap",
    "dudect-bencher",
    "redb",
    "jsonwebtoken",
    "rusty_paseto",
    "biscuit-auth",
    "aws-lc-rs",
    "ed25519-dalek",
    "ed25519-compact",
    "axum",
    "tower-sessions",
    "tower-sessions-redis-store",
    "fred",
    "redis",
    "tokio-postgres",
];

/// Two paragraphs: the machine, and the versions.
#[must_use]
pub fn paragraphs() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let memory = value("/proc/meminfo", "MemTotal:").and_then(|text| text.split(' ').next()?.parse::<f64>().ok());
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!(
        "Machine: {}, {cores} cores, {:.0} GB of memory, Linux {}, {}.\n\nVersions: {}.",
        value("/proc/cpuinfo", "model name").unwrap_or_else(|| "an unknown processor".into()),
        memory.unwrap_or_default() / 1e6,
        kernel.split('-').next().unwrap_or_default().trim(),
        said_by("rustc", "--version").unwrap_or_else(|| "an unknown rustc".into()),
        versions().join(", ")
    )
}

/// What a line of a file says after its name.
fn value(path: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.trim_start_matches([':', ' ', '\t']).trim().to_owned())
}

fn said_by(program: &str, argument: &str) -> Option<String> {
    let done = Command::new(program).arg(argument).output().ok()?;
    Some(String::from_utf8_lossy(&done.stdout).trim().to_owned())
}

/// Of each package the newest version in the lock file.
fn versions() -> Vec<String> {
    let lock = include_str!("../Cargo.lock");
    let of = |name: &str| {
        let mut lines = lock.lines().skip_while(|line| *line != format!("name = \"{name}\""));
        // Several versions of one package stand in a row: the newest is the one that is measured.
        let mut newest = None;
        while let (Some(line), Some(version)) = (lines.next(), lines.next()) {
            if line != format!("name = \"{name}\"") {
                break;
            }
            newest = version.strip_prefix("version = \"")?.strip_suffix('"');
            lines.by_ref().find(|line| *line == "[[package]]");
        }
        newest.map(|version| format!("{name} {version}"))
    };
    let redis = said_by("redis-server", "--version")
        .and_then(|text| text.split("v=").nth(1)?.split(' ').next().map(|version| format!("Redis {version}")));
    PACKAGES.iter().filter_map(|name| of(name)).chain(redis).collect()
}
