//! Each exit code of the table in docs/COMMAND_LINE.md, and that there are no others.

use std::collections::BTreeSet;

use hallpass::key::KeySet;

use super::{Desk, hallpass, hallpass_reads, issue};

#[test]
fn code_0_is_done() {
    let desk = Desk::new();
    assert_eq!(hallpass(&["key", "id", "--key", &desk.key("key", &[])]).code, 0);
    assert_eq!(hallpass(&["completions", "bash"]).code, 0);
}

#[test]
fn code_1_is_anything_else_that_went_wrong() {
    assert_eq!(hallpass(&["key", "id", "--key", "/nowhere"]).code, 1);
    assert_eq!(hallpass(&["no-such-command"]).code, 1);
    assert_eq!(hallpass(&["doctor", "--no-such-option"]).code, 1);
}

#[test]
fn code_2_is_a_token_that_is_refused() {
    assert_eq!(hallpass_reads(&["inspect"], b"no token").code, 2);
}

#[test]
fn code_3_is_a_doctor_with_warnings_and_code_4_one_with_errors() {
    let desk = Desk::new();
    let key = desk.key("key", &[]);
    let public = KeySet::load(&key).unwrap().public_view();
    public.save(desk.path("public")).unwrap();
    assert_eq!(hallpass(&["doctor"]).code, 3);
    assert_eq!(hallpass(&["doctor", "--key", &desk.name("public")]).code, 3);
    assert_eq!(hallpass(&["doctor", "--key", &desk.name("public"), "--key", &desk.name("none")]).code, 4);
    // And no other command has these.
    assert_eq!(issue(&desk.name("public"), &[]).code, 1);
}

/// Success has no constant.
#[test]
fn the_table_of_the_manual_is_what_the_program_has() {
    let program = include_str!("../../../src/bin/hallpass/failure.rs");
    let constants = program.lines().filter_map(|line| line.strip_prefix("const ")?.split_once(": u8 = "));
    let exits: BTreeSet<u8> = constants.map(|(_, number)| number.trim_end_matches(';').parse().unwrap()).collect();
    let manual = include_str!("../../../docs/COMMAND_LINE.md");
    let rows =
        manual.lines().map(str::trim).filter_map(|line| line.strip_prefix("| ")?.split(' ').next()?.parse().ok());
    let told: Vec<u8> = rows.collect();
    assert_eq!(told, [0].into_iter().chain(exits).collect::<Vec<_>>());
}
