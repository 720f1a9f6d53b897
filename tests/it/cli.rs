//! The command line, by running it.

mod completions;
mod denylists;
mod doctor;
mod edges;
mod environment;
mod exit_codes;
mod inspecting;
mod json;
mod keys;
mod manual;
mod refusals;
mod revoking;
mod rotation;
mod service;
mod snapshots;
mod tokens;
mod transcript;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{ISSUER, World};

const NOON: &str = "2026-11-23T12:00:00Z";

/// What a run left behind. Making one checks what is true of every run.
#[derive(Debug)]
struct Run {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Run {
    fn of(output: Output, input: &[u8]) -> Self {
        let Output { status, stdout, stderr } = output;
        let run = Self {
            code: status.code().expect("ended by itself"),
            stdout: String::from_utf8(stdout).unwrap(),
            stderr: String::from_utf8(stderr).unwrap(),
        };
        if !run.stderr.is_empty() {
            let is_object = serde_json::from_str::<serde_json::Map<String, Value>>(&run.stderr).is_ok();
            assert!(run.stderr.starts_with("hallpass: ") || is_object, "{run:?}");
            assert_eq!(run.stderr.find('\n'), Some(run.stderr.len() - 1), "one line: {run:?}");
        }
        for secret in ["k4.secret.", "k4.local.", "v4.public.ey", "v4.local."] {
            assert!(!run.stderr.contains(secret), "{run:?}");
        }
        let input = String::from_utf8_lossy(input);
        assert!(input.trim().len() < 8 || !run.stderr.contains(input.trim()), "{run:?}");
        run
    }

    #[track_caller]
    fn prints(self) -> String {
        assert_eq!((self.code, self.stderr.as_str()), (0, ""), "{self:?}");
        self.line()
    }

    #[track_caller]
    fn line(self) -> String {
        let line = self.stdout.strip_suffix('\n').expect("a line");
        assert!(!line.contains('\n'), "{self:?}");
        line.to_owned()
    }

    /// The claims of a token that was found valid.
    #[track_caller]
    fn session(self) -> Value {
        assert_eq!(self.code, 0, "{self:?}");
        assert_eq!(
            self.stderr, "hallpass: valid, but no denylist was checked: the token may have been taken back\n",
            "{self:?}"
        );
        serde_json::from_str(&self.line()).unwrap()
    }

    /// Exit code and reason of a run that did nothing.
    #[track_caller]
    fn fails(self, code: i32, reason: &str) {
        assert_eq!((self.code, self.stdout.as_str()), (code, ""), "{self:?}");
        assert!(self.stderr.contains(reason), "expected {reason:?}: {self:?}");
    }
}

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hallpass"));
    // Of whoever runs the tests.
    command.env_remove("HALLPASS_DENYLIST");
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn hallpass(args: &[&str]) -> Run {
    hallpass_reads(args, b"")
}

fn hallpass_reads(args: &[&str], input: &[u8]) -> Run {
    let mut child = command(args).spawn().unwrap();
    // It need not read all of it, or any.
    let _ = child.stdin.take().unwrap().write_all(input);
    Run::of(child.wait_with_output().unwrap(), input)
}

/// A folder with files in it that are gone after the test.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn name(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    fn file(&self, name: &str, text: &str) -> String {
        std::fs::write(self.path(name), text).unwrap();
        self.name(name)
    }

    /// A new key in a file, by the command line itself.
    fn key(&self, name: &str, more: &[&str]) -> String {
        let name = self.name(name);
        let run = hallpass(&[&["key", "generate", "--out", &name], more].concat());
        assert_eq!((run.code, &*run.stdout, &*run.stderr), (0, "", ""));
        name
    }
}

fn issue(key: &str, more: &[&str]) -> Run {
    hallpass(&[&["issue", "--key", key, "--issuer", ISSUER, "--subject", "alice"], more].concat())
}

fn verify(key: &str, token: impl AsRef<[u8]>, more: &[&str]) -> Run {
    hallpass_reads(&[&["verify", "--key", key, "--issuer", ISSUER], more].concat(), token.as_ref())
}

fn inspect(token: impl AsRef<[u8]>) -> Run {
    hallpass_reads(&["inspect"], token.as_ref())
}

/// A world whose key lies in a file.
fn world_on(desk: &Desk) -> (World, String) {
    let world = World::new();
    let key = desk.file("world.key", &world.keys.set().to_text());
    (world, key)
}
