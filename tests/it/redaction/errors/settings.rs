//! Settings out of their range, beside keys.

use chrono::{TimeDelta, Utc};
use hallpass::key::{IssuingKey, KeySet};
use hallpass::store::Header;
use hallpass::testing::MemoryEngine;
use hallpass::time::TimeLimits;
use hallpass::{Denylist, DenylistError, KeyRing, Timeouts, TimeoutsError};

use super::super::Canary;
use super::super::shown::Shown;
use crate::support::{World, seconds};

const EVENT_KEY: [u8; 32] = *b"an event key that is a canary...";

pub(super) fn set(shown: &mut Shown, key: &IssuingKey) {
    shown.hide("an event key", Canary::of_bytes(&EVENT_KEY));
    let builder = || Denylist::builder().event_key(EVENT_KEY);
    let store = MemoryEngine::new().open(Header::new(TimeLimits::default(), Utc::now()).unwrap()).unwrap();
    for refused in [
        builder().longest_lifetime(TimeDelta::zero()).in_memory(),
        builder().leeway(seconds(-1)).in_memory(),
        builder().grace(seconds(-1)).in_memory(),
        builder().staleness_bound(TimeDelta::zero()).open_shared(store),
    ] {
        let error = refused.unwrap_err();
        let DenylistError::Limits(why) = &error else { panic!("{error}") };
        shown.error(why);
        shown.error(&error);
    }
    let issuer = World::with_keys(KeyRing::new(KeySet::issuing(key.clone()))).issuer;
    for timeouts in [
        Timeouts::default().idle(TimeDelta::zero()),
        Timeouts::default().absolute(TimeDelta::zero()),
        Timeouts::aal3().absolute(TimeDelta::days(30)),
        Timeouts::default().renew_after(seconds(-1)),
    ] {
        let error: TimeoutsError = issuer.clone().timeouts(timeouts).unwrap_err();
        shown.error(&error);
    }
}
