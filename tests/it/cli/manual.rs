//! The examples of docs/COMMAND_LINE.md: a shell runs them in their order, and shows what the page shows.

use std::path::Path;
use std::process::Command;

use hallpass::Denylist;

use super::Desk;
use super::service::ago;
use super::transcript::Transcript;

const MANUAL: &str = include_str!("../../../docs/COMMAND_LINE.md");

/// Where the shells look for completions.
const FOLDERS: [&str; 3] = [".local/share/bash-completion/completions", ".config/fish/completions", ".zfunc"];

/// A command, which may go over several lines, and what it shows.
struct Example {
    command: String,
    shown: String,
}

fn examples(block: &str) -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    for line in block.lines() {
        let (prompt, rest) = line.split_at_checked(2).unwrap_or(("", line));
        match examples.last_mut() {
            _ if prompt == "$ " => examples.push(Example { command: rest.to_owned(), shown: String::new() }),
            Some(last) if last.shown.is_empty() && last.command.ends_with('\\') => {
                last.command += "\n";
                last.command += line;
            }
            last => last.expect("a command first").shown += &format!("{line}\n"),
        }
    }
    examples
}

fn shell(desk: &Desk, command: &str) -> String {
    let programs = Path::new(env!("CARGO_BIN_EXE_hallpass")).parent().unwrap();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).current_dir(desk.path("")).env("PATH", path).env("HOME", desk.path(""));
    let output = shell.env_remove("HALLPASS_DENYLIST").output().unwrap();
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}

/// As a crash leaves it.
fn leave_open(desk: &Desk) {
    let (list, copy) = (desk.path("denylist.redb"), desk.path("copy"));
    let server = Denylist::open(&list).unwrap();
    std::fs::copy(&list, &copy).unwrap();
    drop(server);
    std::fs::rename(copy, list).unwrap();
}

#[test]
fn the_examples_of_the_manual_show_what_they_show_there() {
    let desk = Desk::new();
    FOLDERS.iter().for_each(|folder| std::fs::create_dir_all(desk.path(folder)).unwrap());
    drop(Denylist::builder().open_at(desk.path("denylist.redb"), ago(3600)).unwrap());
    let blocks = MANUAL.split("```console\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let mut count = 0;
    for block in blocks.filter(|block| !block.starts_with("$ cargo")) {
        if block.contains("was not closed properly") {
            leave_open(&desk);
        }
        let is_in_use = block.contains("in use by another process") || block.contains("list-in-use");
        let _server = is_in_use.then(|| Denylist::open(desk.path("denylist.redb")).unwrap());
        for Example { command, shown } in examples(block) {
            // Where the page is at work.
            let shown = shown.replace("/srv/app/", &desk.name(""));
            let [is, was] = [shell(&desk, &command), shown].map(|text| Transcript::new(&desk).masked(&text));
            assert_eq!(is, was, "{command}");
            count += 1;
        }
    }
    assert!(count > 25, "{count}");
}
