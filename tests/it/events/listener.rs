//! Listens to what one thread writes, and to nothing that the other tests do meanwhile.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::with_default;
use tracing::{Dispatch, Level, Metadata, Subscriber};

/// One event: its name is the field `event`, and the other fields are as a log would show them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) level: Level,
    pub(crate) name: String,
    pub(crate) fields: BTreeMap<String, String>,
}

/// An event that is expected.
pub(crate) fn written(level: Level, name: &str, fields: &[(&str, &str)]) -> Event {
    let fields = fields.iter().map(|(field, value)| ((*field).to_owned(), (*value).to_owned())).collect();
    Event { level, name: name.to_owned(), fields }
}

/// What is written while something is done.
pub(crate) fn heard<T>(act: impl FnOnce() -> T) -> (T, Vec<Event>) {
    keep_listening();
    let listener = Listener::default();
    let events = Arc::clone(&listener.events);
    let result = with_default(listener, act);
    let events = std::mem::take(&mut *events.lock().unwrap());
    (result, events)
}

/// tracing remembers for each place in the code whether anybody listens. While it knows of one listener
/// at most, it asks the one of the thread that comes by first, which in the other tests' threads is nobody,
/// and remembers that for all. Two more who always listen, if to nothing, make it ask everybody.
fn keep_listening() {
    static KEPT: OnceLock<[Dispatch; 2]> = OnceLock::new();
    KEPT.get_or_init(|| {
        let kept = [(); 2].map(|()| Dispatch::new(Listener::default()));
        // Whoever was about to remember "nobody" has done so now; the next listener corrects it.
        std::thread::sleep(Duration::from_millis(50));
        kept
    });
}

#[derive(Default)]
struct Listener {
    events: Arc<Mutex<Vec<Event>>>,
}

impl Subscriber for Listener {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        panic!("no spans are opened")
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let mut fields = fields.0;
        assert_eq!(event.metadata().target(), "hallpass");
        let name = fields.remove("event").unwrap();
        self.events.lock().unwrap().push(Event { level: *event.metadata().level(), name, fields });
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[derive(Default)]
struct Fields(BTreeMap<String, String>);

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let before = self.0.insert(field.name().to_owned(), format!("{value:?}"));
        assert_eq!(before, None, "{field} stands twice");
    }
}
