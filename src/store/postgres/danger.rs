//! What is accepted of an engine by its name.

/// What an engine's check refuses unless it is accepted by its name, since the engine may lose what it has
/// acknowledged: a revocation that was safe, and is not there after a crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PostgresDanger {
    /// `fsync` is off: a power cut destroys the database.
    FsyncOff,
    /// `full_page_writes` is off: a power cut may leave torn pages.
    FullPageWritesOff,
    /// `synchronous_commit` is `off` or `local`: what was acknowledged may not have reached the disk, or the replica.
    AsynchronousCommit,
    /// The role may not call `pg_control_system`: another cluster in the place of this one shows by what it lacks, and
    /// not by its name.
    CannotAsk,
}
