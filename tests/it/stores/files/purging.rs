//! What has expired leaves a file by itself.

use chrono::{SubsecRound as _, Utc};
use hallpass::{Denylist, Issuer, KeyRing};

use super::super::until;
use crate::support::{ISSUER, seconds};

/// Else a list in which nothing is ever revoked would keep each login and each first use for good.
#[test]
fn a_file_is_purged_by_the_clock_though_nothing_is_revoked() {
    let (opened, folder) = (Utc::now(), tempfile::tempdir().unwrap());
    let denylist = Denylist::open(folder.path().join("list.redb")).unwrap();
    let before = opened.trunc_subsecs(6) - seconds(120);
    denylist.purge_at(before);
    until(|| denylist.stats().purged == Some(before));
    assert!(Issuer::new(&KeyRing::generate_local().unwrap(), ISSUER, &denylist).login("alice").is_ok());
    until(|| denylist.stats().purged >= Some(opened));
}
