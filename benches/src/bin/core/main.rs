//! The core, one part at a time: `core verify`, or another of the names below. Each figure stands beside peers or the raw
//! primitive, interleaved in the same process.
//!
//! Only ratios are worth reading: machines differ, and so do their bad days.

mod check;
mod life;
mod tail;
mod threads;

#[cfg(feature = "peers")]
mod biscuit;
#[cfg(feature = "peers")]
mod issue;
#[cfg(feature = "peers")]
mod jwt;
#[cfg(feature = "peers")]
mod paseto;
#[cfg(feature = "peers")]
mod raw;
#[cfg(feature = "peers")]
mod sample;
#[cfg(feature = "peers")]
mod verify;
#[cfg(feature = "peers")]
mod warm;

use hallpass_benches::figures::Figures;

fn main() {
    let part = std::env::args().nth(1).expect("the name of a part");
    let mut figures = Figures::of(&part);
    match part.as_str() {
        #[cfg(feature = "peers")]
        "verify" => verify::run(&mut figures),
        #[cfg(feature = "peers")]
        "issue" => issue::run(&mut figures),
        #[cfg(feature = "peers")]
        "warm" => warm::run(&mut figures),
        "life" => life::run(&mut figures),
        "check" => check::run(&mut figures),
        "threads" => threads::run(&mut figures),
        "tail" => tail::run(&mut figures),
        other => panic!("this build has no part that is called {other}"),
    }
    figures.save();
}
