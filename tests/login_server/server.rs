//! The example as a process of its own, with files of its own.

use std::env;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;

/// Ends with the test, whatever becomes of it.
pub(crate) struct Server {
    process: Child,
    address: SocketAddr,
    folder: TempDir,
    options: Vec<String>,
}

impl Server {
    pub(crate) fn start(options: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options: Vec<_> = options.iter().map(ToString::to_string).collect();
        let (process, address) = run(folder.path(), &options);
        Self { process, address, folder, options }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Nothing is written on the way out, as if the power went.
    pub(crate) fn kill_and_start_again(&mut self) {
        self.kill();
        (self.process, self.address) = run(self.folder.path(), &self.options);
    }

    fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A server over the same files, which is to fail.
pub(crate) fn fails(folder: &Path, options: &[&str]) -> Output {
    let options: Vec<_> = options.iter().map(ToString::to_string).collect();
    command(folder, &options).output().unwrap()
}

fn run(folder: &Path, options: &[String]) -> (Child, SocketAddr) {
    let mut process = command(folder, options).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    // Nothing is printed after this line, so nobody need read on.
    let address = lines.find_map(|line| line.unwrap().strip_prefix("listening on http://")?.parse().ok());
    let Some(address) = address else {
        panic!("the server does not listen, and ends with {}", process.wait().unwrap());
    };
    (process, address)
}

fn command(folder: &Path, options: &[String]) -> Command {
    let mut command = alone();
    command.args(["--listen", "127.0.0.1:0", "--denylist"]).arg(folder.join("denylist.redb")).args(options);
    command.stdin(Stdio::null());
    command
}

/// Without options, and without what is set for whoever runs the tests.
pub(crate) fn alone() -> Command {
    let mut command = Command::new(program());
    command.env_remove("HALLPASS_DENYLIST");
    command
}

/// The example, which is built with the tests, unless one of them is asked for alone: then it may be missing, or old.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let own = env::current_exe().unwrap();
        let profile = own.parent().and_then(Path::parent).expect("target/debug/deps");
        let program = profile.join("examples/login_server");
        if is_old(&program) {
            build(profile);
        }
        program
    })
}

/// Whether it is older than what it was made of, as cargo has noted beside it: `program: source source …`.
fn is_old(program: &Path) -> bool {
    let changed = |path: &Path| path.metadata().and_then(|metadata| metadata.modified()).ok();
    let (Some(built), Ok(note)) = (changed(program), fs::read_to_string(program.with_extension("d"))) else {
        return true;
    };
    // A space in a path looks like a source that is gone: it is built once more for nothing.
    note.split_whitespace().skip(1).any(|source| changed(source.as_ref()).is_none_or(|changed| changed > built))
}

fn build(profile: &Path) {
    let name = match profile.file_name().and_then(|name| name.to_str()).expect("a folder's name") {
        "debug" => "dev",
        name => name,
    };
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--quiet", "--example", "login_server", "--features", "axum", "--profile", name])
        .arg("--target-dir")
        .arg(profile.parent().expect("target"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status();
    assert!(status.expect("cargo runs").success(), "the example can't be built");
}
