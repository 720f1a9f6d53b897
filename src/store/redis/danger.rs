//! What is accepted of an engine by its name.

/// What a Redis engine's check refuses unless it is accepted by its name, since the engine may lose what it has
/// acknowledged: a revocation that was safe, and is not there after a crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RedisDanger {
    /// `appendonly` is not `yes`: whatever was written since the last snapshot is gone after a restart.
    AppendOnlyOff,
    /// `appendfsync` is not `always`, or `no-appendfsync-on-rewrite` is not `no`: a power cut takes the last second of
    /// what was acknowledged, or more.
    LateFsync,
    /// `maxmemory-policy` is not `noeviction`: the engine drops the list when it is short of memory. That is noticed at
    /// the next look, and everyone logs in once more.
    Eviction,
    /// There are replicas, and nobody waits for them: `min-replicas-to-write` is 0, and so is
    /// [`replicas`](super::RedisBuilder::replicas). One that takes over lacks the last of what was acknowledged, and a primary
    /// that is cut off from the others does not know it.
    ReplicasNotAwaited,
    /// The URL names a user, and the user `default` may not do what that one does (as in `user default off`, which takes
    /// all rights; `user default off +@all ~*` leaves them, and nobody can log in either). Engines older than the autumn
    /// of 2025 then silently leave out what scripts have written when they read their file
    /// (<https://github.com/redis/redis/issues/14541>, <https://github.com/valkey-io/valkey/issues/3983>): after a
    /// restart the list is gone, or an old one. To be accepted where the engine is newer.
    DefaultUserMayNotWrite,
    /// `CONFIG GET` is disabled, renamed, or not allowed to this user, or `ACL DRYRUN` is not: only what `INFO` tells is
    /// checked, which is neither `appendfsync` nor `min-replicas-to-write`.
    CannotAsk,
}
