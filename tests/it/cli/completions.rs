//! `hallpass completions`.

use std::process::{Command, Stdio};

use super::{Desk, hallpass};

#[test]
fn each_shell_gets_a_script_that_names_every_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let run = hallpass(&["completions", shell]);
        assert_eq!((run.code, &*run.stderr), (0, ""), "{shell}");
        for word in ["generate", "issue", "verify", "inspect", "revoke", "forget-key", "doctor", "denylist"] {
            assert!(run.stdout.contains(word), "{shell}: {word}");
        }
    }
    hallpass(&["completions", "tcsh"]).fails(1, "<SHELL>: not one of bash, elvish, fish, powershell, zsh");
    hallpass(&["completions"]).fails(1, "missing <SHELL>");
}

#[test]
fn bash_takes_its_script_and_completes_a_command() {
    let desk = Desk::new();
    let script = desk.file("hallpass.bash", &hallpass(&["completions", "bash"]).stdout);
    let complete = "source \"$1\"; COMP_WORDS=(hallpass doc); COMP_CWORD=1; _hallpass hallpass doc hallpass; \
                    echo \"${COMPREPLY[*]}\"";
    let Ok(done) = Command::new("bash").args(["-c", complete, "bash", &script]).stdin(Stdio::null()).output() else {
        // There is no bash.
        return;
    };
    assert_eq!(String::from_utf8_lossy(&done.stdout).trim(), "doctor", "{done:?}");
}
