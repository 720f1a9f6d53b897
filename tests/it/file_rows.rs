//! The rows in the file of a list, as redb sees them.

use std::path::Path;

use redb::{Builder, ConcurrencyMode, Database, ReadableDatabase as _, ReadableTable as _, TableDefinition};

/// What the embedded store keeps its records in: rows of them, each under the number of the last.
pub(crate) const RECORDS: TableDefinition<u64, &[u8]> = TableDefinition::new("records");

/// The file of a list that was closed, as redb sees it.
pub(crate) fn database(path: &Path) -> Database {
    Builder::new().set_concurrency_mode(ConcurrencyMode::SingleWriter).open(path).unwrap()
}

/// A row of these records: each stands behind its length.
pub(crate) fn row(records: &[&[u8]]) -> Vec<u8> {
    let entry = |record: &&[u8]| [&u16::try_from(record.len()).unwrap().to_be_bytes(), *record].concat();
    records.iter().flat_map(entry).collect()
}

/// Puts rows into the file of a list that was closed, whatever they are.
pub(crate) fn put_rows(path: &Path, rows: &[(u64, Vec<u8>)]) {
    let database = database(path);
    let transaction = database.begin_write().unwrap();
    for (number, row) in rows {
        transaction.open_table(RECORDS).unwrap().insert(*number, &**row).unwrap();
    }
    transaction.commit().unwrap();
}

/// Puts a row behind all others.
pub(crate) fn put_last(path: &Path, row: &[u8]) {
    let last = rows(path).last().map_or(0, |(number, _)| *number);
    put_rows(path, &[(last + 1, row.to_vec())]);
}

/// The rows of a list that was closed.
pub(crate) fn rows(path: &Path) -> Vec<(u64, Vec<u8>)> {
    let database = database(path);
    let table = database.begin_read().unwrap().open_table(RECORDS).unwrap();
    let rows = table.iter().unwrap().map(|row| row.map(|(number, row)| (number.value(), row.value().to_vec())));
    rows.collect::<Result<_, _>>().unwrap()
}
