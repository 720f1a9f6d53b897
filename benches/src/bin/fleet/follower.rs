//! Another process: notes when it knows of each revocation.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use hallpass::key::KeyId;
use hallpass::status::{Status, TokenFacts};
use hallpass::{Denylist, TokenId};

use crate::{micros, session};

/// Says that it is ready, and in the end when it knew of each.
pub(crate) fn follow(engine: &str, revocations: usize) {
    let denylist = Denylist::connect(engine).unwrap();
    println!("ready");
    let key_id: KeyId = "k4.lid.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".parse().unwrap();
    let mut heard = vec![0; revocations];
    let mut first = 0;
    while first < revocations {
        let now = micros();
        // They come in about this order.
        for (n, heard) in heard.iter_mut().enumerate().skip(first).take(200) {
            let token_id = TokenId::from_bytes(session(n).to_bytes());
            let auth_time = chrono::Utc::now() + chrono::TimeDelta::seconds(50);
            let facts = TokenFacts::new(token_id, session(n), "", "", auth_time, key_id);
            if *heard == 0 && matches!(denylist.status(&facts), Status::Listed(_)) {
                *heard = now;
            }
        }
        while first < revocations && heard[first] != 0 {
            first += 1;
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    println!("{}", heard.iter().map(i64::to_string).collect::<Vec<_>>().join(" "));
}

pub(crate) struct Follower {
    process: Child,
    output: BufReader<ChildStdout>,
}

impl Follower {
    pub(crate) fn start(engine: &str) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        let mut process =
            command.arg("--follow").env("HALLPASS_DENYLIST", engine).stdout(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n");
        Self { process, output }
    }

    pub(crate) fn heard(mut self) -> Vec<i64> {
        let mut text = String::new();
        self.output.read_to_string(&mut text).unwrap();
        self.process.wait().unwrap();
        text.split_whitespace().map(|at| at.parse().unwrap()).collect()
    }
}
