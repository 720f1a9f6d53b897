//! What the rounds ask of an engine: to hold a list, and to come to grief in every way that one can.

use hallpass::{Denylist, DenylistBuilder, DenylistError};

use super::faults::Fault;

/// An engine of the tests' own. Those who use its list go through proxies, which are told when it moves to another port.
pub(crate) trait Engine {
    fn name(&self) -> &'static str;

    /// What can befall it.
    fn faults(&self) -> &'static [Fault];

    /// Begins a new list, which is the engine's only one from now on.
    fn begin(&mut self);

    /// Where it listens now.
    fn port(&self) -> u16;

    /// How its list is reached by this port: its own, or a proxy's.
    fn url(&self, port: u16) -> String;

    /// A process's list over it.
    fn connect(&self, builder: DenylistBuilder, port: u16) -> Result<Denylist, DenylistError> {
        builder.connect(&self.url(port))
    }

    /// Kills all of it at once, as a power cut would but for the disk's cache.
    fn kill(&mut self);

    /// Stops it without a goodbye, as its own tools do it.
    fn crash(&mut self);

    /// Runs it again, and waits until it answers.
    fn run(&mut self);

    /// Stops all its processes where they stand, and lets them go on.
    fn freeze(&mut self);
    fn thaw(&mut self);

    /// Ends every connection of the list's users.
    fn end_connections(&mut self);

    /// Keeps something open that has nothing to do with the list, such as a transaction in another database, until it is
    /// let go.
    fn hold(&mut self);
    fn let_go(&mut self);

    /// Makes a copy of what it holds, while it runs; and has the copy take its place, without what came since.
    fn back_up(&mut self);
    fn restore(&mut self);

    /// Makes a replica that nobody waits for, and that hears nothing any more from when this returns; and lets it take
    /// over, on another port perhaps, without what came since.
    fn replicate(&mut self);
    fn take_over(&mut self);
}
