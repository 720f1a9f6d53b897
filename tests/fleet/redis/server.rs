//! Redis servers of the tests' own, each in a folder of its own and on a port of its own.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use hallpass::store::{RedisBuilder, RedisStore};
use tempfile::TempDir;

use crate::server::{PASSWORD, USER};
use crate::support::{free_port, header};

/// What every server has; later lines of its configuration win.
const SETTINGS: &str = "
bind 127.0.0.1
save \"\"
appendonly yes
appendfsync always
repl-diskless-sync-delay 0
user default off +@all ~* &*
";

pub(crate) struct Server {
    folder: TempDir,
    pub(crate) port: u16,
    settings: String,
    /// How far its clock is ahead.
    ahead: Option<TimeDelta>,
    child: Option<Child>,
    lists: AtomicU32,
}

pub(crate) fn is_installed() -> bool {
    let found = |program: &str| Command::new(program).arg("--version").output().is_ok_and(|done| done.status.success());
    found("redis-server") && found("redis-cli")
}

fn folder() -> TempDir {
    tempfile::Builder::new().prefix("hallpass-fleet-").tempdir().expect("a folder")
}

fn run(command: &mut Command) -> String {
    let done = command.output().expect("starts");
    let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{command:?}\n{out}{err}");
    out.trim().to_owned()
}

impl Server {
    /// A new one that runs, with these settings besides.
    pub(crate) fn start(settings: &str) -> Self {
        Self::start_ahead(settings, None)
    }

    /// Whose clock is so far ahead.
    pub(crate) fn start_ahead(settings: &str, ahead: Option<TimeDelta>) -> Self {
        let settings = format!(
            "{SETTINGS}user {USER} on >{PASSWORD} ~* &* +@all\nmasteruser {USER}\nmasterauth {PASSWORD}\n{settings}\n"
        );
        let folder = folder();
        let mut server = Self { folder, port: free_port(), settings, ahead, child: None, lists: AtomicU32::new(0) };
        server.run();
        server
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Changes its configuration, for when it is run again.
    pub(crate) fn replace(&mut self, line: &str, by: &str) {
        assert!(self.settings.contains(line), "{}", self.settings);
        self.settings = self.settings.replace(line, by);
    }

    /// Runs it, and waits until it answers.
    pub(crate) fn run(&mut self) {
        let log = fs::File::options().create(true).append(true).open(self.path().join("log")).expect("a log");
        let file = self.path().join("redis.conf");
        let settings = format!("port {}\ndir {}\n{}", self.port, self.path().display(), self.settings);
        fs::write(&file, settings).expect("writes");
        let mut command = Command::new("redis-server");
        command.arg(file).stdin(Stdio::null()).stdout(log.try_clone().expect("a log")).stderr(log);
        if let Some(ahead) = self.ahead {
            command.env("LD_PRELOAD", clock(self.path(), ahead));
        }
        self.child = Some(command.spawn().expect("starts"));
        let until = Instant::now() + Duration::from_secs(30);
        while !self.answers() {
            assert!(Instant::now() < until, "the server does not start:\n{}", self.log());
            sleep(Duration::from_millis(20));
        }
    }

    fn answers(&self) -> bool {
        self.redis_cli(&["ping"]).output().is_ok_and(|done| done.stdout.trim_ascii() == b"PONG")
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.path().join("log")).unwrap_or_default()
    }

    fn redis_cli(&self, words: &[&str]) -> Command {
        let mut command = Command::new("redis-cli");
        command.args(["-e", "-p", &self.port.to_string(), "--user", USER, "--pass", PASSWORD, "--no-auth-warning"]);
        command.args(words);
        command
    }

    /// What a command gives, as text.
    pub(crate) fn say(&self, words: &[&str]) -> String {
        run(&mut self.redis_cli(words))
    }

    /// Changes a setting while it runs.
    pub(crate) fn set(&self, setting: &str, value: &str) {
        self.say(&["config", "set", setting, value]);
    }

    /// One line of what it says of itself.
    pub(crate) fn info(&self, name: &str) -> String {
        let told = self.say(&["info", "everything"]);
        let found = told.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        found.unwrap_or_default().trim().to_owned()
    }

    /// The name of a new list.
    pub(crate) fn list(&self) -> String {
        format!("list{}", self.lists.fetch_add(1, Ordering::Relaxed))
    }

    pub(crate) fn url(&self, list: &str) -> String {
        url(USER, PASSWORD, self.port, list)
    }

    pub(crate) fn open(&self, list: &str) -> RedisStore {
        RedisStore::open(&self.url(list), header()).expect("opens")
    }

    /// Kills it at once.
    pub(crate) fn kill(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        let _ = (child.kill(), child.wait());
    }

    pub(crate) fn signal(&self, signal: &str) {
        let child = self.child.as_ref().expect("it runs");
        run(Command::new("kill").arg(format!("-{signal}")).arg(child.id().to_string()));
    }

    /// Ends every connection of the tests' stores.
    pub(crate) fn end_connections(&self) {
        let _ = self.redis_cli(&["client", "kill", "type", "normal"]).output();
    }

    /// A copy of its files.
    pub(crate) fn back_up(&self) -> TempDir {
        let copy = folder();
        run(Command::new("cp").arg("-a").arg(self.path().join("appendonlydir")).arg(copy.path()));
        copy
    }

    /// Loses its files, while it does not run.
    pub(crate) fn lose_files(&self) {
        assert!(self.child.is_none(), "it runs");
        fs::remove_dir_all(self.path().join("appendonlydir")).expect("removes");
    }

    /// Puts a copy in the files' place.
    pub(crate) fn restore(&self, copy: &TempDir) {
        self.lose_files();
        run(Command::new("cp").arg("-a").arg(copy.path().join("appendonlydir")).arg(self.path()));
    }

    /// A replica that follows it by this port, its own or a proxy's.
    pub(crate) fn replica(&self, port: u16) -> Self {
        let replica = Self::start(&format!("replicaof 127.0.0.1 {port}"));
        let until = Instant::now() + Duration::from_secs(20);
        while replica.info("master_link_status") != "up" || !self.info("slave0").contains("state=online") {
            assert!(Instant::now() < until, "it does not follow:\n{}", replica.log());
            sleep(Duration::from_millis(20));
        }
        replica
    }

    /// Carries on by itself.
    pub(crate) fn promote(&self) {
        self.say(&["replicaof", "no", "one"]);
    }

    /// When it is run again, it follows nobody.
    pub(crate) fn forget_primary(&mut self) {
        self.settings = self.settings.lines().filter(|line| !line.starts_with("replicaof")).fold(
            String::new(),
            |mut settings, line| {
                settings.push_str(line);
                settings.push('\n');
                settings
            },
        );
    }

    /// Listens where another one has listened, which is no more.
    pub(crate) fn listen_at(&mut self, port: u16) {
        self.say(&["config", "set", "port", &port.to_string()]);
        self.port = port;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A URL with everything in it escaped.
pub(crate) fn url(user: &str, password: &str, port: u16, list: &str) -> String {
    let escaped = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    format!("redis://{}:{}@127.0.0.1:{port}?prefix={list}", escaped(user), escaped(password))
}

/// With limits of a second.
pub(crate) fn quick() -> RedisBuilder {
    let second = Duration::from_secs(1);
    RedisStore::builder().connect_limit(second).look_limit(second).write_limit(second)
}

/// A library that sets the server's clock ahead, by which its `TIME` goes.
fn clock(folder: &Path, ahead: TimeDelta) -> std::path::PathBuf {
    let (source, library) = (folder.join("clock.c"), folder.join("clock.so"));
    let text = format!(
        "#include <sys/time.h>
        #include <time.h>
        int gettimeofday(struct timeval *restrict now, void *restrict zone) {{
            struct timespec real;
            (void)zone;
            clock_gettime(CLOCK_REALTIME, &real);
            now->tv_sec = real.tv_sec + {}L;
            now->tv_usec = real.tv_nsec / 1000;
            return 0;
        }}",
        ahead.num_seconds()
    );
    fs::write(&source, text).expect("writes");
    run(Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(source));
    library
}
