//! `hallpass denylist list`: a line for each record that counts now, as they are read; the keys, of which one
//! record may undo another, at the end.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use hallpass::TokenId;
use hallpass::store::{Begun, Contents, Cursor, Record, Store, pages};
use hallpass::time::to_rfc3339;
use serde::Serialize;

use super::STEP;
use super::revoked_keys::RevokedKeys;
use crate::failure::Failure;
use crate::list_file::Place;
use crate::screen::Form;
use crate::{clock, list_file, screen};

/// One line.
#[derive(Debug, Default, Serialize)]
struct Line {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject_hash: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    begun_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    except: Option<String>,
    revoked: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
}

pub(super) fn run(place: &Place, form: Form) -> Result<(), Failure> {
    let store = list_file::reading(place)?;
    let (retention, now) = (store.header()?.retention(), clock::now());
    let mut keys = RevokedKeys::default();
    let mut see = |records: &[Record]| {
        let mut lines = String::new();
        for record in records {
            let until = record.kept_until(retention);
            if until.is_none_or(|until| until >= now) {
                keys.see(&record.contents());
                add(line(&record.contents(), until), &mut lines);
            }
        }
        Ok(screen::lines(&lines)?)
    };
    let malformed = each_page(&*store, &mut see)?;
    let mut lines = String::new();
    keys.iter().for_each(|(id, made)| add(Some(key_line(id.to_string(), made)), &mut lines));
    screen::lines(&lines)?;
    list_file::warn_of_malformed(form, malformed);
    Ok(())
}

/// Shows all records, page by page, however many there are; gives how many can't be read.
fn each_page(store: &dyn Store, mut see: impl FnMut(&[Record]) -> Result<(), Failure>) -> Result<u64, Failure> {
    let mut malformed = 0_u64;
    for page in pages(store, Cursor::start(), STEP) {
        let page = page?;
        malformed = malformed.saturating_add(page.malformed);
        see(&page.records)?;
    }
    Ok(malformed)
}

/// What is revoked by a record alone.
fn line(contents: &Contents, until: Option<DateTime<Utc>>) -> Option<Line> {
    let until = until.map(to_rfc3339);
    let cutoff = |begun: Begun, made| Line {
        begun_by: Some(to_rfc3339(begun.by)),
        except: begun.except.map(|session| session.to_string()),
        revoked: to_rfc3339(made),
        until: until.clone(),
        ..Line::default()
    };
    Some(match *contents {
        Contents::Id { id, made } => {
            let id = Some(TokenId::from_bytes(id).to_string());
            Line { kind: "id", id, revoked: to_rfc3339(made), until, ..Line::default() }
        }
        Contents::Subject { hash, begun, made } => {
            Line { kind: "subject", subject_hash: Some(URL_SAFE_NO_PAD.encode(hash)), ..cutoff(begun, made) }
        }
        Contents::Everyone { begun, made } => Line { kind: "everyone", ..cutoff(begun, made) },
        _ => return None,
    })
}

fn key_line(id: String, made: DateTime<Utc>) -> Line {
    Line { kind: "key", id: Some(id), revoked: to_rfc3339(made), ..Line::default() }
}

fn add(line: Option<Line>, lines: &mut String) {
    // Texts and nothing else: neither the JSON nor writing to a `String` can fail.
    if let Some(json) = line.and_then(|line| serde_json::to_string(&line).ok()) {
        let _ = writeln!(lines, "{json}");
    }
}
