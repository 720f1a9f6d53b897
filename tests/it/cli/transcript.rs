//! What a terminal shows, held against a file: commands, both outputs and exit codes, without what differs from run to run.
//! `HALLPASS_SNAPSHOTS=write` writes the files instead, and fails, so that no run passes by what it has written itself; look at
//! what has changed in them before you commit it.

use std::fs;
use std::path::Path;

use hallpass::time::from_rfc3339;

use super::{Desk, Run, hallpass_reads};

pub(super) struct Transcript<'a> {
    desk: &'a Desk,
    text: String,
}

impl<'a> Transcript<'a> {
    pub(super) fn new(desk: &'a Desk) -> Self {
        Self { desk, text: String::new() }
    }

    /// Runs a command, with this on standard input, and writes down what it shows.
    pub(super) fn reads(&mut self, line: &str, input: &str) -> Run {
        let place = |word: &str| word.strip_prefix("./").map_or(word.to_owned(), |name| self.desk.name(name));
        let args: Vec<String> = line.split(' ').filter(|word| !word.is_empty()).map(place).collect();
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let run = hallpass_reads(&args, input.as_bytes());
        self.text += &self.masked(&format!("$ hallpass {line}\n{}{}", run.stdout, run.stderr));
        self.text += &match run.code {
            0 => "\n".to_owned(),
            code => format!("? {code}\n\n"),
        };
        run
    }

    pub(super) fn runs(&mut self, line: &str) -> Run {
        self.reads(line, "")
    }

    /// Ids, keys, tokens, moments, sizes and the folder differ.
    pub(super) fn masked(&self, text: &str) -> String {
        let text = text.replace(&format!("{}/", self.desk.name("").trim_end_matches('/')), "./");
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':');
        let mut masked = String::new();
        let mut rest = &*text;
        while let Some(c) = rest.chars().next() {
            let word = &rest[..rest.find(|c| !is_part(c)).unwrap_or(rest.len())];
            if word.is_empty() {
                masked.push(c);
                rest = &rest[c.len_utf8()..];
                continue;
            }
            rest = &rest[word.len()..];
            // Of a JSON member's name and value.
            let bare = word.trim_start_matches(':');
            masked += &word[..word.len() - bare.len()];
            let (word, bare) = (bare, bare.trim_end_matches(['.', ':']));
            masked += &mask(bare, masked.ends_with("\"bytes\":"));
            masked += &word[bare.len()..];
        }
        masked
    }

    /// Holds it against the file of this name.
    #[track_caller]
    pub(super) fn is(self, name: &str) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/cli/snapshots").join(name);
        if std::env::var("HALLPASS_SNAPSHOTS").as_deref() == Ok("write") {
            fs::write(&path, &self.text).unwrap();
            panic!("{name} is written, and held against nothing");
        }
        let expected = fs::read_to_string(&path).unwrap_or_default();
        for (at, (is, was)) in self.text.lines().zip(expected.lines()).enumerate() {
            assert_eq!(is, was, "{name}, line {}; HALLPASS_SNAPSHOTS=write takes it over", at + 1);
        }
        assert_eq!(self.text.len(), expected.len(), "{name} is longer or shorter");
    }
}

fn mask(word: &str, is_size: bool) -> String {
    for kind in ["k4.secret.", "k4.public.", "k4.local.", "k4.pid.", "k4.lid.", "v4.public.", "v4.local."] {
        if word.len() > 40 && word.starts_with(kind) {
            return format!("{kind}…");
        }
    }
    let has = |is: fn(&u8) -> bool| word.as_bytes().iter().any(&is);
    match word {
        _ if is_size => "BYTES".to_owned(),
        _ if from_rfc3339(word).is_some() => "MOMENT".to_owned(),
        // 16 bytes in base64url.
        _ if word.len() == 22
            && has(u8::is_ascii_uppercase)
            && has(u8::is_ascii_lowercase)
            && !has(|byte| *byte == b'.') =>
        {
            "ID".to_owned()
        }
        _ => word.to_owned(),
    }
}
