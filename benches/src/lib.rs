//! What hallpass costs, beside its peers: what the programs that measure share.
//!
//! Each program measures one part or several, shows its figures as it goes, and saves them; the program `report` makes
//! the tables of docs/BENCHMARKS.md and its plots of them. `benches/run` runs all.

pub mod figures;
pub mod machine;
pub mod measure;
pub mod plot;
#[cfg(feature = "servers")]
pub mod redis_server;
pub mod report;
