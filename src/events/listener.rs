//! Who hears the events of a thread of ours: whoever listened where it was started.

use tracing::dispatcher::{Dispatch, get_default, with_default};
use tracing::subscriber::NoSubscriber;

/// Whoever listens in the thread that made this.
#[derive(Debug, Clone)]
pub(crate) struct Listener(Option<Dispatch>);

impl Listener {
    /// Nobody, if nobody does yet: then it is whoever begins to listen everywhere, at any time.
    pub(crate) fn here() -> Self {
        Self(get_default(|dispatch| (!dispatch.is::<NoSubscriber>()).then(|| dispatch.clone())))
    }

    /// Does something whose events they hear.
    pub(crate) fn hears<T>(&self, act: impl FnOnce() -> T) -> T {
        match &self.0 {
            Some(dispatch) => with_default(dispatch, act),
            None => act(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tracing::span::{Attributes, Id, Record};
    use tracing::{Event, Metadata, Subscriber};

    use super::*;

    struct Counting(Arc<AtomicUsize>);

    impl Subscriber for Counting {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }

        fn new_span(&self, _: &Attributes<'_>) -> Id {
            Id::from_u64(1)
        }

        fn record(&self, _: &Id, _: &Record<'_>) {}

        fn record_follows_from(&self, _: &Id, _: &Id) {}

        fn event(&self, _: &Event<'_>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }

        fn enter(&self, _: &Id) {}

        fn exit(&self, _: &Id) {}
    }

    fn counting() -> (Dispatch, Arc<AtomicUsize>) {
        let count = Arc::new(AtomicUsize::new(0));
        (Dispatch::new(Counting(Arc::clone(&count))), count)
    }

    /// A list is often opened before the program says who listens.
    #[test]
    fn whoever_begins_to_listen_later_hears_a_thread_that_was_started_before() {
        let (later, count) = counting();
        let listener = Listener::here();
        with_default(&later, || listener.hears(|| tracing::info!("told")));
        assert_eq!(count.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn whoever_listens_here_hears_another_thread_and_nobody_else_does() {
        let ((here, heard), (there, unheard)) = (counting(), counting());
        let listener = with_default(&here, Listener::here);
        with_default(&there, || listener.hears(|| tracing::info!("told")));
        assert_eq!((heard.load(Ordering::Relaxed), unheard.load(Ordering::Relaxed)), (1, 0));
    }
}
