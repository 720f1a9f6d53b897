//! What this process knows of the engine, so that it notices when the engine knows less.
//!
//! Each connection has a row (or a key) of its own and counts up in it with whatever it writes. A count that is lower
//! than one that was acknowledged, or is gone, shows that the engine was restored, or that another one has taken over
//! without the last of what was written. Nothing is written over such a count: it is the proof.

use crate::random::{self, RandomError};
use crate::store::{Header, StoreError, StoreErrorKind};

/// Rows of processes that are gone are dropped after this long, in days.
pub(super) const FORGOTTEN_AFTER: i32 = 30;

/// A row that was last written so long ago, in microseconds, may have been dropped, and is missed no more.
const MISSED_FOR: i64 = 20 * 86_400 * 1_000_000;

/// One connection's row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Proof {
    /// Its key.
    pub(super) process: [u8; 16],
    tried: i64,
    acknowledged: i64,
    /// When, by the engine's clock, in microseconds.
    at: i64,
}

/// What is written into a row, and what must be in it before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Beat {
    pub(super) process: [u8; 16],
    pub(super) beat: i64,
    pub(super) at_least: i64,
}

impl Proof {
    fn new() -> Result<Self, RandomError> {
        Ok(Self { process: random::bytes()?, tried: 0, acknowledged: 0, at: 0 })
    }

    fn at_least(&self, engine_now: i64) -> i64 {
        let is_old = engine_now.saturating_sub(self.at) > MISSED_FOR;
        if is_old { 0 } else { self.acknowledged }
    }

    fn next(&mut self, engine_now: i64) -> Beat {
        self.tried = self.tried.saturating_add(1);
        Beat { process: self.process, beat: self.tried, at_least: self.at_least(engine_now) }
    }

    fn acknowledge(&mut self, beat: Beat, at: i64) {
        self.acknowledged = self.acknowledged.max(beat.beat);
        self.at = at;
    }
}

/// What one process knows: the rows of its two connections, and how far the engine had come.
#[derive(Debug)]
pub(super) struct Proofs {
    reader: Proof,
    writer: Proof,
    /// The header that counts. A new epoch is made later than the one before; an epoch that is older comes from a copy.
    header: Header,
    /// How far the engine had come: transactions that had ended, or entries that were ever added.
    mark: u64,
    engine_now: i64,
    lost: bool,
    /// Where the reader's connection goes, once it has looked; and whether that may be the wrong one of two servers.
    place: Option<String>,
    in_doubt: bool,
}

/// What a look has found.
pub(super) struct Seen<'a> {
    pub(super) header: &'a Header,
    /// Whether the header is of the place to which the connection goes.
    pub(super) is_in_place: bool,
    /// That place.
    pub(super) place: &'a str,
    /// Whether all was there that had been acknowledged.
    pub(super) is_whole: bool,
    /// A number that never goes back within an epoch.
    pub(super) mark: u64,
    /// In microseconds.
    pub(super) engine_now: i64,
}

impl Proofs {
    /// `has_lost` if the engine may have lost something by now, of which this process can't know.
    pub(super) fn new(header: &Header, has_lost: bool) -> Result<Self, RandomError> {
        Ok(Self {
            reader: Proof::new()?,
            writer: Proof::new()?,
            header: *header,
            mark: 0,
            engine_now: 0,
            lost: has_lost,
            place: None,
            in_doubt: false,
        })
    }

    /// Refuses a writer whose connection goes to another place than the reader's. What is written there nobody may ever
    /// read: an old primary may be alive, and may not know that it is one. Nor may the reader's be the right one: it is
    /// [told](Self::check_reader).
    pub(super) fn check_writer(&mut self, place: &str) -> Result<(), StoreError> {
        if self.place.as_deref().is_none_or(|readers| readers == place) {
            return Ok(());
        }
        self.in_doubt = true;
        Err(elsewhere())
    }

    /// Refuses a reader, once, since the writer has reached another server: each is to look anew where the list is.
    pub(super) fn check_reader(&mut self) -> Result<(), StoreError> {
        if std::mem::take(&mut self.in_doubt) { Err(elsewhere()) } else { Ok(()) }
    }

    /// The header that counts.
    #[cfg(feature = "postgres")]
    pub(super) fn header(&self) -> &Header {
        &self.header
    }

    /// Refuses the header of another list.
    #[cfg(feature = "postgres")]
    pub(super) fn check_list(&self, header: &Header) -> Result<(), StoreError> {
        if header.is_of_same_list(&self.header) { Ok(()) } else { Err(another_list()) }
    }

    /// What a look writes into the reader's row, and what it must find in the writer's.
    pub(super) fn next_look(&mut self) -> (Beat, Beat) {
        let at_least = self.writer.at_least(self.engine_now);
        let writer = Beat { process: self.writer.process, beat: self.writer.tried, at_least };
        (self.reader.next(self.engine_now), writer)
    }

    pub(super) fn next_append(&mut self) -> Beat {
        self.writer.next(self.engine_now)
    }

    /// The writer's row was written, at this moment of the engine's.
    pub(super) fn appended(&mut self, beat: Beat, at: i64) {
        if !self.lost {
            self.writer.acknowledge(beat, at);
        }
    }

    /// Whether it is known that the engine has lost something. Then nothing that is written may make the list look
    /// attended: whoever opens it before there is a new epoch must find out too.
    #[cfg(feature = "postgres")]
    pub(super) fn is_lost(&self) -> bool {
        self.lost
    }

    /// Whether the engine has lost something; stays so until there is a new epoch. `written` is what the look has written.
    pub(super) fn has_seen(&mut self, written: Option<Beat>, seen: &Seen<'_>) -> bool {
        self.place = Some(seen.place.to_owned());
        let is_another = seen.header.epoch() != self.header.epoch();
        if is_another && seen.header.created() > self.header.created() {
            // Somebody has begun a new epoch: what the engine lacked of the old one matters no more.
            self.adopt(seen.header);
            self.lost = !seen.is_in_place;
        } else {
            self.lost |= is_another || !seen.is_in_place || !seen.is_whole || seen.mark < self.mark;
        }
        // Vouching anew may set back when it was made.
        if !is_another {
            self.header = *seen.header;
        }
        if !self.lost {
            self.mark = seen.mark;
            self.engine_now = seen.engine_now;
            if let Some(beat) = written {
                self.reader.acknowledge(beat, seen.engine_now);
            }
        }
        self.lost
    }

    /// This header counts from now on.
    pub(super) fn adopt(&mut self, header: &Header) {
        self.header = *header;
        self.mark = 0;
        self.lost = false;
        self.reader.acknowledged = 0;
        self.writer.acknowledged = 0;
    }
}

/// Whoever opens a list where the engine has lost the old one, before we have looked, begins another one: it hashes
/// subjects under another secret, and this process can't go over to it.
pub(super) fn another_list() -> StoreError {
    let why = "another list was begun in its place, since the engine had lost it: open it anew";
    StoreError::new(StoreErrorKind::Foreign).because(why)
}

fn elsewhere() -> StoreError {
    StoreError::new(StoreErrorKind::Io).because("two connections reach two servers: an old primary may still be alive")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{TimeLimits, from_micros};

    const DAY: i64 = 86_400 * 1_000_000;

    fn header() -> Header {
        Header::new(TimeLimits::default(), from_micros(0)).unwrap()
    }

    fn seen(header: &Header) -> Seen<'_> {
        Seen { header, is_in_place: true, place: "here", is_whole: true, mark: 5, engine_now: DAY }
    }

    /// What a process knows that has looked and appended.
    fn attended(header: &Header) -> Proofs {
        let mut proofs = Proofs::new(header, false).unwrap();
        let (reader, _) = proofs.next_look();
        assert!(!proofs.has_seen(Some(reader), &seen(header)));
        let writer = proofs.next_append();
        proofs.appended(writer, DAY);
        proofs
    }

    #[test]
    fn a_row_that_was_acknowledged_is_missed_for_twenty_days() {
        let header = header();
        let mut proofs = attended(&header);
        for (days, at_least) in [(1, 1), (20, 1), (21, 1), (22, 0)] {
            proofs.has_seen(None, &Seen { engine_now: days * DAY, ..seen(&header) });
            let (reader, writer) = proofs.next_look();
            assert_eq!((reader.at_least, writer.at_least), (at_least, at_least), "{days}");
            assert_eq!(proofs.next_append().at_least, at_least, "{days}");
        }
    }

    #[test]
    fn a_count_goes_up_with_each_attempt_and_what_was_acknowledged_never_back() {
        let header = header();
        let mut proofs = attended(&header);
        let (early, late) = (proofs.next_append(), proofs.next_append());
        assert_eq!((early.beat, late.beat), (2, 3));
        proofs.appended(late, DAY);
        proofs.appended(early, DAY);
        let (_, writer) = proofs.next_look();
        assert_eq!((writer.beat, writer.at_least), (3, 3));
    }

    #[test]
    fn whatever_shows_that_something_is_missing_counts_until_there_is_a_new_epoch() {
        let header = header();
        let other = header.new_epoch(from_micros(0), from_micros(0)).unwrap();
        // As a copy of an older time has it.
        let older = header.anew(from_micros(-2), from_micros(0)).new_epoch(from_micros(-2), from_micros(0)).unwrap();
        // As another engine has it, where the same was begun at the same moment.
        let twin = older.new_epoch(from_micros(0), from_micros(0)).unwrap();
        assert_eq!(twin.created(), header.created());
        let good = seen(&header);
        for bad in [
            Seen { is_in_place: false, ..seen(&header) },
            Seen { is_whole: false, ..seen(&header) },
            Seen { mark: 4, ..seen(&header) },
            Seen { header: &older, ..seen(&header) },
            Seen { header: &twin, ..seen(&header) },
        ] {
            let mut proofs = attended(&header);
            assert!(!proofs.has_seen(None, &good), "as far as it was");
            assert!(proofs.has_seen(None, &bad));
            assert!(proofs.has_seen(None, &good), "it stays so");
            let (_, writer) = proofs.next_look();
            proofs.appended(writer, 3 * DAY);
            assert_eq!(proofs.next_append().at_least, 1, "what comes then is no proof");
            assert!(!proofs.has_seen(None, &Seen { mark: 0, ..seen(&other) }), "somebody has begun a new epoch");
            let (reader, writer) = proofs.next_look();
            assert_eq!((reader.at_least, writer.at_least), (0, 0), "in which nothing is missed");
        }
    }

    #[test]
    fn an_epoch_is_new_by_the_header_that_was_vouched_for_last() {
        let header = header();
        let mut proofs = attended(&header);
        let anew = header.anew(from_micros(-10), from_micros(0));
        assert!(!proofs.has_seen(None, &seen(&anew)));
        let next = anew.new_epoch(from_micros(-5), from_micros(0)).unwrap();
        assert!(!proofs.has_seen(None, &seen(&next)));
    }

    #[test]
    fn a_new_epoch_of_another_place_is_a_loss() {
        let header = header();
        let other = header.new_epoch(from_micros(0), from_micros(0)).unwrap();
        let mut proofs = attended(&header);
        assert!(proofs.has_seen(None, &Seen { is_in_place: false, ..seen(&other) }));
        assert!(proofs.has_seen(None, &Seen { is_in_place: false, ..seen(&other) }));
    }

    #[test]
    fn who_has_lost_something_before_the_first_look_has_lost_it() {
        let header = header();
        let mut proofs = Proofs::new(&header, true).unwrap();
        assert!(proofs.has_seen(None, &seen(&header)));
        proofs.adopt(&header);
        assert!(!proofs.has_seen(None, &seen(&header)));
    }

    #[test]
    fn two_connections_to_two_servers_are_told_to_each_once() {
        let header = header();
        let mut proofs = Proofs::new(&header, false).unwrap();
        assert!(proofs.check_writer("anywhere").is_ok(), "the reader has yet to look");
        assert!(!proofs.has_seen(None, &seen(&header)));
        assert!(proofs.check_writer("here").is_ok() && proofs.check_reader().is_ok());
        assert_eq!(proofs.check_writer("there").unwrap_err().kind(), StoreErrorKind::Io);
        assert_eq!(proofs.check_reader().unwrap_err().kind(), StoreErrorKind::Io);
        assert!(proofs.check_reader().is_ok());
    }
}
