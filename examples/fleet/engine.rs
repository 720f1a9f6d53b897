//! A PostgreSQL server for this example alone, in a folder and on a port of its own.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::Done;

pub(crate) struct Engine {
    folder: TempDir,
    port: u16,
    process: Child,
}

impl Engine {
    pub(crate) fn start() -> Done<Self> {
        let folder = tempfile::tempdir()?;
        give_away(folder.path())?;
        let data = folder.path().join("data");
        run(program("initdb")?.args(["--no-sync", "--auth=trust", "--username=hallpass", "-D"]).arg(&data))?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut command = program("postgres")?;
        command.args(["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-p", &port.to_string()]);
        let process = command.arg("-D").arg(&data).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let engine = Self { folder, port, process };
        let begun = Instant::now();
        while run(program("pg_isready")?.args(["-h", "127.0.0.1", "-p", &port.to_string()])).is_err() {
            if begun.elapsed() > Duration::from_secs(30) {
                return Err("the engine does not start".into());
            }
            sleep(Duration::from_millis(50));
        }
        Ok(engine)
    }

    pub(crate) fn url(&self) -> String {
        format!("postgres://hallpass@127.0.0.1:{}/postgres", self.port)
    }

    /// As if its machine stood still.
    pub(crate) fn stop(&self) -> Done<()> {
        self.signal("STOP")
    }

    pub(crate) fn go_on(&self) -> Done<()> {
        self.signal("CONT")
    }

    /// To it and to all that it has started.
    fn signal(&self, signal: &str) -> Done<()> {
        let file = fs::read_to_string(self.folder.path().join("data/postmaster.pid"))?;
        let first = file.lines().next().unwrap_or_default();
        // Each may be gone by now.
        let _ = Command::new("pkill").args([&format!("-{signal}"), "-P", first]).status();
        run(Command::new("kill").args([&format!("-{signal}"), first]))
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = self.go_on();
        let data = self.folder.path().join("data");
        if let Ok(mut stop) = program("pg_ctl") {
            let _ = run(stop.args(["stop", "-m", "immediate", "-D"]).arg(data));
        }
        let _ = self.process.wait();
    }
}

/// One of PostgreSQL's programs, as a user that it agrees to run as.
fn program(name: &str) -> Done<Command> {
    let folders = (13..=18).rev().map(|version| PathBuf::from(format!("/usr/lib/postgresql/{version}/bin")));
    let searched = std::env::var_os("PATH").unwrap_or_default();
    let mut all = std::env::split_paths(&searched).chain(folders).map(|folder| folder.join(name));
    let path = all.find(|path| path.exists()).ok_or("no PostgreSQL server is installed: name one with --engine URL")?;
    if !is_root() {
        return Ok(Command::new(path));
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]).arg(path).current_dir("/");
    Ok(command)
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout.trim_ascii() == b"0")
}

fn give_away(folder: &Path) -> Done<()> {
    if is_root() { run(Command::new("chown").arg("postgres").arg(folder)) } else { Ok(()) }
}

fn run(command: &mut Command) -> Done<()> {
    let done = command.output()?;
    if done.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&done.stderr).into_owned().into()) }
}
