//! PostgreSQL servers of the tests' own, each in a folder of its own and on a port of its own.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::support::free_port;

/// What every server has; later lines of its configuration win.
const SETTINGS: &str = "
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
shared_buffers = 16MB
max_connections = 60
wal_level = replica
max_wal_senders = 5
wal_receiver_status_interval = 1s
log_min_messages = warning
autovacuum = off
";

/// The superuser's name, and his password, neither of which may ever show.
pub(crate) const USER: &str = "canaryuser";
pub(crate) const PASSWORD: &str = "canary:pass/wörd@1";

pub(crate) struct Server {
    folder: TempDir,
    pub(crate) port: u16,
    child: Option<Child>,
    databases: AtomicU32,
}

/// Where the programs are, if they are installed.
pub(crate) fn programs() -> Option<PathBuf> {
    let told = Command::new("pg_config").arg("--bindir").output().ok().filter(|told| told.status.success());
    let told = told.map(|told| PathBuf::from(String::from_utf8_lossy(&told.stdout).trim()));
    let known = (13..=18).rev().map(|version| PathBuf::from(format!("/usr/lib/postgresql/{version}/bin")));
    told.into_iter().chain(known).find(|folder| folder.join("initdb").exists() && folder.join("postgres").exists())
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().expect("id");
    id.stdout.trim_ascii() == b"0"
}

/// One of PostgreSQL's programs, as a user that the server agrees to run as.
fn program(name: &str) -> Command {
    let path = programs().expect("PostgreSQL is installed").join(name);
    let mut command = if is_root() {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]).arg(path);
        command
    } else {
        Command::new(path)
    };
    command.env("PGPASSWORD", PASSWORD).env("LC_ALL", "C").current_dir("/");
    command
}

fn run(command: &mut Command) -> String {
    let done = command.output().expect("starts");
    let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{command:?}\n{out}{err}");
    out.trim().to_owned()
}

fn own(folder: &Path) {
    if is_root() {
        run(Command::new("chown").args(["-R", "postgres:postgres"]).arg(folder));
    }
}

fn folder() -> TempDir {
    let folder = tempfile::Builder::new().prefix("hallpass-fleet-").tempdir().expect("a folder");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("may be entered");
    own(folder.path());
    folder
}

fn init(folder: &Path) {
    let password = folder.join("password");
    fs::write(&password, PASSWORD).expect("writes");
    own(folder);
    let mut init = program("initdb");
    init.args(["--no-sync", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--username", USER]);
    run(init.arg("--pwfile").arg(&password).arg("-D").arg(folder.join("data")));
}

impl Server {
    /// A new one that runs, with these settings besides.
    pub(crate) fn start(settings: &str) -> Self {
        let folder = folder();
        init(folder.path());
        let mut server = Self { folder, port: free_port(), child: None, databases: AtomicU32::new(0) };
        server.configure(SETTINGS);
        server.configure(settings);
        server.run();
        server
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub(crate) fn configure(&self, settings: &str) {
        let path = self.data().join("postgresql.conf");
        let text = fs::read_to_string(&path).expect("reads");
        fs::write(&path, format!("{text}\n{settings}\n")).expect("writes");
        own(&path);
    }

    /// Puts a file into its folder.
    pub(crate) fn put(&self, file: &Path, name: &str) {
        let there = self.data().join(name);
        fs::copy(file, &there).expect("copies");
        fs::set_permissions(&there, fs::Permissions::from_mode(0o600)).expect("is private");
        own(&there);
    }

    /// Runs it, and waits until it answers.
    pub(crate) fn run(&mut self) {
        let log = fs::File::options().create(true).append(true).open(self.folder.path().join("log")).expect("a log");
        let mut command = program("postgres");
        command.arg("-D").arg(self.data()).arg("-p").arg(self.port.to_string());
        command.stdin(Stdio::null()).stdout(log.try_clone().expect("a log")).stderr(log);
        let mut child = command.spawn().expect("starts");
        let until = Instant::now() + Duration::from_secs(60);
        while !self.answers() {
            assert!(Instant::now() < until, "the server does not start:\n{}", self.log());
            sleep(Duration::from_millis(20));
            // One that was born while the others were killed still holds their memory for a moment.
            if child.try_wait().expect("tells").is_some() {
                child = command.spawn().expect("starts");
            }
        }
        self.child = Some(child);
    }

    fn answers(&self) -> bool {
        self.psql("postgres", "select 1").output().is_ok_and(|done| done.status.success())
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    fn postmaster(&self) -> String {
        let file = fs::read_to_string(self.data().join("postmaster.pid")).expect("it runs");
        file.lines().next().expect("its number").to_owned()
    }

    /// Stops it: `fast` says goodbye, `immediate` is a crash.
    pub(crate) fn stop(&mut self, mode: &str) {
        let Some(mut child) = self.child.take() else { return };
        let mut stop = program("pg_ctl");
        let _ = stop.args(["stop", "-w", "-m", mode, "-D"]).arg(self.data()).output();
        let _ = child.wait();
    }

    /// Kills all of it at once.
    pub(crate) fn kill(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        self.signal("KILL");
        let _ = child.wait();
    }

    /// Sends a signal to each of its processes.
    pub(crate) fn signal(&self, signal: &str) {
        let master = self.postmaster();
        let mut numbers = vec![master.clone()];
        for entry in fs::read_dir("/proc").expect("/proc") {
            let number = entry.expect("an entry").file_name().to_string_lossy().into_owned();
            let Ok(stat) = fs::read_to_string(format!("/proc/{number}/stat")) else { continue };
            let parent = stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(1).map(str::to_owned));
            if parent.as_ref() == Some(&master) {
                numbers.push(number);
            }
        }
        // Some may be gone by now.
        let _ = Command::new("kill").arg(format!("-{signal}")).args(numbers).output();
    }

    /// A new empty database.
    pub(crate) fn database(&self) -> String {
        let name = format!("list{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.sql("postgres", &format!("create database {name}"));
        name
    }

    pub(crate) fn url(&self, database: &str) -> String {
        self.url_at(self.port, database)
    }

    /// Through a proxy, say.
    #[expect(clippy::unused_self, reason = "whose URL it is")]
    pub(crate) fn url_at(&self, port: u16, database: &str) -> String {
        url(USER, PASSWORD, port, database)
    }

    fn psql(&self, database: &str, sql: &str) -> Command {
        let mut psql = program("psql");
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-U", USER]);
        psql.args(["-p", &self.port.to_string(), "-d", database, "-c", sql]);
        psql
    }

    /// What SQL gives, as text.
    pub(crate) fn sql(&self, database: &str, sql: &str) -> String {
        run(&mut self.psql(database, sql))
    }

    /// A session that stays open, to have transactions in.
    pub(crate) fn session(&self, database: &str) -> Session {
        let mut psql = program("psql");
        psql.args([
            "-X",
            "-q",
            "-A",
            "-t",
            "-h",
            "127.0.0.1",
            "-U",
            USER,
            "-p",
            &self.port.to_string(),
            "-d",
            database,
        ]);
        let mut child = psql.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("starts");
        let answers = BufReader::new(child.stdout.take().expect("piped"));
        Session { child, answers }
    }

    /// A database's dump.
    pub(crate) fn dump(&self, database: &str) -> String {
        let mut dump = program("pg_dump");
        run(dump.args(["-h", "127.0.0.1", "-U", USER, "-p", &self.port.to_string(), "-d", database]))
    }

    /// Makes a database of a dump.
    pub(crate) fn load(&self, database: &str, dump: &str) {
        let file = self.folder.path().join("dump");
        fs::write(&file, dump).expect("writes");
        own(&file);
        let mut psql = program("psql");
        psql.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-U", USER, "-d", database]);
        run(psql.args(["-p", &self.port.to_string(), "-f"]).arg(file));
    }

    /// Ends every connection of a database.
    pub(crate) fn end_connections(&self, database: &str) {
        self.sql(
            "postgres",
            &format!("select pg_terminate_backend(pid) from pg_stat_activity where datname = '{database}'"),
        );
    }

    /// A copy of the folder of a server that is stopped.
    pub(crate) fn copy(&self) -> TempDir {
        assert!(self.child.is_none(), "it runs");
        let copy = folder();
        run(Command::new("cp").arg("-a").arg(self.data()).arg(copy.path()));
        copy
    }

    /// A copy of the folder of a server that runs.
    pub(crate) fn back_up(&self) -> TempDir {
        let copy = folder();
        let from = format!("host=127.0.0.1 port={} user={USER} password='{PASSWORD}'", self.port);
        let mut take = program("pg_basebackup");
        take.args(["--no-sync", "--checkpoint=fast", "-X", "stream", "-d", &from, "-D"]);
        run(take.arg(copy.path().join("data")));
        copy
    }

    /// Puts a copy in the folder's place.
    pub(crate) fn restore(&self, copy: &TempDir) {
        assert!(self.child.is_none(), "it runs");
        fs::remove_dir_all(self.data()).expect("removes");
        run(Command::new("cp").arg("-a").arg(copy.path().join("data")).arg(self.folder.path()));
    }

    /// A replica that follows it under this name.
    pub(crate) fn replica(&self, name: &str) -> Self {
        let folder = folder();
        let from =
            format!("host=127.0.0.1 port={} user={USER} password='{PASSWORD}' application_name={name}", self.port);
        let mut copy = program("pg_basebackup");
        copy.args(["--no-sync", "--checkpoint=fast", "-R", "-X", "stream", "-d", &from, "-D"]);
        run(copy.arg(folder.path().join("data")));
        let databases = AtomicU32::new(self.databases.load(Ordering::Relaxed));
        let mut replica = Self { folder, port: free_port(), child: None, databases };
        // What the primary waits for does not hold for it.
        replica.configure("synchronous_standby_names = ''");
        replica.run();
        replica
    }

    pub(crate) fn promote(&self) {
        self.sql("postgres", "select pg_promote(true, 30)");
    }

    /// Reads the configuration again, and waits until a setting is what it should be.
    pub(crate) fn reload(&self, setting: &str, value: &str) {
        self.sql("postgres", "select pg_reload_conf()");
        let until = Instant::now() + Duration::from_secs(10);
        while self.sql("postgres", &format!("show {setting}")) != value {
            assert!(Instant::now() < until, "{setting} does not become {value}");
            sleep(Duration::from_millis(20));
        }
    }
}

/// An open session.
pub(crate) struct Session {
    child: Child,
    answers: BufReader<ChildStdout>,
}

impl Session {
    /// Does something, and waits until it is done.
    pub(crate) fn say(&mut self, sql: &str) {
        let input = self.child.stdin.as_mut().expect("piped");
        writeln!(input, "{sql};\n\\echo done").expect("writes");
        let mut line = String::new();
        while line.trim() != "done" {
            line.clear();
            assert!(self.answers.read_line(&mut line).expect("reads") > 0, "the session has ended");
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.child.is_some() {
            self.signal("CONT");
            self.stop("immediate");
        }
    }
}

/// A URL with everything in it escaped.
pub(crate) fn url(user: &str, password: &str, port: u16, database: &str) -> String {
    let escaped = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    format!("postgres://{}:{}@127.0.0.1:{port}/{database}", escaped(user), escaped(password))
}
