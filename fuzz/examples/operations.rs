//! Prints the operations that an input of the target `denylist`, `session` or `follower` stands for, and runs them.

use hallpass_fuzz::{denylist, follower, operations, session};

fn main() {
    let mut args = std::env::args().skip(1);
    let (Some(target), Some(path)) = (args.next(), args.next()) else {
        panic!("usage: operations denylist|session|follower FILE");
    };
    let bytes = std::fs::read(path).expect("a file that can be read");
    let found = match target.as_str() {
        "denylist" => {
            if let Some((settings, operations)) = operations(&bytes) {
                println!("{settings:?}");
                operations.iter().for_each(|operation| println!("{operation:?}"));
            }
            denylist(&bytes).then_some("something was found listed")
        }
        "session" => {
            if let Some((settings, operations)) = session::operations(&bytes) {
                println!("{settings:?}");
                operations.iter().for_each(|operation| println!("{operation:?}"));
            }
            session(&bytes).then_some("a replay was found")
        }
        "follower" => {
            if let Some((bound, accepted, operations)) = follower::operations(&bytes) {
                println!("a bound of {bound}, and {accepted} accepted beyond it");
                operations.iter().for_each(|operation| println!("{operation:?}"));
            }
            follower(&bytes).then_some("another's revocation was found")
        }
        other => panic!("{other} is no target with operations"),
    };
    println!("holds; {}", found.unwrap_or("nothing was found"));
}
