//! Purging: what has expired among the oldest records is dropped, and what stands in the way is carried to the end.

use std::collections::HashMap;
use std::ops::Bound::{Excluded, Unbounded};

use ::redb::{ReadableTable, Table};
use chrono::{DateTime, TimeDelta, Utc};

use super::failure::Step;
use super::rows::{Entry, InOrder, Rows};
use crate::record::{Fact, Identity};
use crate::store::Record;
use crate::time::LONGEST_WAIT;

/// What is found at the beginning of the records, up to the first that still counts.
#[derive(Default)]
pub(super) struct Oldest {
    /// How many have expired.
    pub(super) dropped: usize,
    /// Whether there is more to drop.
    pub(super) more: bool,
    /// Whether any of what is dropped would matter to a clock that steps back.
    pub(super) forgets: bool,
    /// The number up to which all is taken out.
    cut: u64,
    /// What of it stays: keys, which are kept until they are forgotten by name; what a clock that was far ahead has
    /// made; and whatever can't be read.
    carried: Vec<(u64, Vec<u8>)>,
}

impl Oldest {
    pub(super) fn of(
        table: &impl ReadableTable<u64, &'static [u8]>,
        retention: TimeDelta,
        now: DateTime<Utc>,
        most: usize,
    ) -> Step<Self> {
        let far = now.checked_add_signed(retention).and_then(|far| far.checked_add_signed(LONGEST_WAIT));
        let (mut oldest, mut order) = (Self::default(), InOrder::default());
        'rows: for row in table.iter()? {
            let (number, row) = row?;
            for entry in order.entries(number.value(), row.value())? {
                let record = entry.record();
                match record.ok().and_then(|record| record.kept_until(retention)) {
                    Some(until) if until < now && oldest.dropped < most.max(1) => {
                        oldest.dropped = oldest.dropped.saturating_add(1);
                        oldest.forgets |= record.is_ok_and(|record| record.forbids());
                        oldest.cut = entry.number;
                    }
                    Some(until) if far.is_none_or(|far| until <= far) => {
                        oldest.more = until < now;
                        break 'rows;
                    }
                    _ => oldest.carried.push((entry.number, entry.bytes.to_vec())),
                }
            }
        }
        match oldest.dropped {
            0 => oldest.cut = oldest.carried.last().map_or(0, |(number, _)| *number),
            _ => oldest.carried.retain(|(number, _)| *number < oldest.cut),
        }
        Ok(oldest)
    }

    /// What is carried, as rows from this number on: one record for each key, and none for one that was forgotten
    /// since; the others as they are. `None` when there is nothing to do.
    pub(super) fn carried(&self, next: u64) -> Option<Rows> {
        let mut rows = Rows::begin(next);
        let mut keys: HashMap<Identity, Record> = HashMap::new();
        for (number, bytes) in &self.carried {
            match (Entry { number: *number, bytes }).record() {
                Ok(record) if record.counts_from().is_none() => {
                    let known = keys.entry(record.identity()).or_insert(record);
                    *known = known.join(record);
                }
                Ok(record) => rows.push(&record),
                Err(_) => rows.push_unread(bytes),
            }
        }
        let forgotten = |record: &Record| match record.fact {
            Fact::Key { id, made } => keys.get(&Identity::KeyForgotten(id)).is_some_and(
                |forgotten| matches!(forgotten.fact, Fact::KeyForgotten { made: forgotten, .. } if forgotten >= made),
            ),
            _ => false,
        };
        keys.values().filter(|record| !forgotten(record)).for_each(|record| rows.push(record));
        let joined = rows.next().saturating_sub(next) < self.carried.len() as u64;
        (self.dropped > 0 || joined).then_some(rows)
    }

    /// Takes all of it out of the table.
    pub(super) fn take_out_of(&self, table: &mut Table<'_, u64, &'static [u8]>) -> Step<()> {
        let whole = table.range(..=self.cut)?.map(|row| Ok(row?.0.value())).collect::<Step<Vec<_>>>()?;
        let mut partly = None;
        if let Some(row) = table.range((Excluded(self.cut), Unbounded))?.next() {
            let (number, row) = row?;
            let (number, row) = (number.value(), row.value());
            let rest = InOrder::default().entries(number, row)?.into_iter().filter(|entry| entry.number > self.cut);
            let rest: Vec<u8> = rest.flat_map(|entry| entry.bytes).copied().collect();
            partly = (rest.len() < row.len()).then_some((number, rest));
        }
        for number in whole {
            table.remove(number)?;
        }
        if let Some((number, rest)) = partly {
            table.insert(number, &*rest)?;
        }
        Ok(())
    }
}
