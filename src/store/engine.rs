//! What an engine says of itself, for whoever looks for what is wrong.

use chrono::{DateTime, Utc};

/// What an engine says of itself. Asking for it writes nothing, and is no [`look`](super::SharedStore::look).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EngineInfo {
    /// What it is, and its version, in its own words: `PostgreSQL 15.14`, `Redis 7.0.15`.
    pub version: String,
    /// Its clock, at some moment of the round trip.
    pub now: DateTime<Utc>,
    /// When any process last looked at the list, by the engine's clock; `None` if none has, or the engine does not keep it
    /// (Redis does not). A list that nobody has looked at for as long as records are kept begins a new epoch when it is
    /// opened.
    pub last_look: Option<DateTime<Utc>>,
}
