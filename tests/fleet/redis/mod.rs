//! The same on Redis, and what befalls Redis alone.

pub(crate) mod contract;
pub(crate) mod engines;
pub(crate) mod faults;
pub(crate) mod losses;
pub(crate) mod private;
pub(crate) mod server;
