//! Tokens for an application's own claims.

use chrono::TimeDelta;
use serde::Serialize;

use super::breaking::broken;
use super::draft::{Draft, after, before};
use super::fault::Fault;
use crate::claims::PrivateClaimsError;
use crate::denylist::RevokeError;
use crate::issuer::{IssueError, within_length};
use crate::key::KeySetError;
use crate::testing::Fixture;

/// Somebody, what the application says about them, and a number that chooses the rest: a token that is good, or one that
/// has a [`Fault`].
///
/// A fuzzer makes one of its bytes (feature `arbitrary`), a property test by a strategy (feature `proptest`), and it can
/// be written down. The tokens are those of a [`Fixture`]: of its keys, issuer and audience, at the moment that its clock
/// shows.
///
/// ```
/// use hallpass::testing::{Fault, Fixture, Sample};
///
/// let fixture = Fixture::new();
/// let sample = Sample { subject: "alice".to_owned(), claims: serde_json::json!({ "role": "admin" }), choice: 7 };
/// let verify = |token: &str| fixture.verifier.verify_at(token, fixture.now());
///
/// assert_eq!(verify(&sample.valid(&fixture)?)?.subject(), "alice");
/// for fault in Fault::ALL {
///     let error = verify(&sample.broken(&fixture, *fault)?).unwrap_err();
///     assert!(fault.explains(&error), "{fault:?}: {error}");
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample<C> {
    /// Whose token it is: not empty.
    pub subject: String,
    /// The private claims: a JSON object, none of whose names is a registered claim's.
    pub claims: C,
    /// Chooses everything else, such as when the token was issued or which of its characters is changed. 0 is the plainest.
    pub choice: u64,
}

/// No token, good or broken, can be made of a sample: see [`Issuer::login`](crate::Issuer::login) and
/// [`Login::claims`](crate::Login::claims). The sample's fault, and not the application's.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SampleError {
    /// Its claims are not those of a token.
    #[error(transparent)]
    Claims(#[from] PrivateClaimsError),
    /// There is no such login, or the token would be longer than 8 KiB.
    #[error(transparent)]
    Issue(#[from] IssueError),
    /// The ring is full.
    #[error(transparent)]
    Keys(#[from] KeySetError),
    /// The list is full.
    #[error(transparent)]
    Revoke(#[from] RevokeError),
}

impl<C: Serialize> Sample<C> {
    /// A token that must be accepted: just issued, or some moments ago or ahead, as far as clocks may differ; of any
    /// lifetime that is allowed; renewed any number of times, or never.
    ///
    /// # Errors
    /// [`SampleError`] when there is no such token.
    pub fn valid(&self, fixture: &Fixture) -> Result<String, SampleError> {
        let mut draft = Draft::new(self, fixture)?;
        vary(&mut draft)?;
        Ok(within_length(draft.sealed()?)?)
    }

    /// A token that has this fault and no other.
    ///
    /// What the list and the ring must know for that, this tells them. So a revoked subject's other sessions end too, and
    /// everyone's with [`Fault::RevokedEveryone`]; whoever logs in afterwards is let in (with a leeway of 0, once the clock
    /// has gone on). Up to three keys are added to the
    /// ring, none of which issues.
    ///
    /// # Errors
    /// [`SampleError`] when there is no such token.
    pub fn broken(&self, fixture: &Fixture, fault: Fault) -> Result<String, SampleError> {
        let draft = Draft::new(self, fixture)?;
        let text = broken(draft, fault)?;
        // Else it would have that fault beside the one that it is to have.
        if fault == Fault::TooLong { Ok(text) } else { Ok(within_length(text)?) }
    }
}

/// Chooses among the times and generations that a verifier must accept.
fn vary(draft: &mut Draft<'_>) -> Result<(), SampleError> {
    let (now, limits) = (draft.fixture.now(), draft.fixture.denylist.limits());
    let leeway = limits.leeway();
    let Draft { claims, choices, .. } = draft;
    if choices.below(2) == 1 {
        claims.generation = choices.one_of(vec![1, 2, 100, u32::MAX]).unwrap_or(0);
    }
    if choices.below(2) == 1 {
        let later = choices.up_to(leeway);
        let ago = choices.up_to(TimeDelta::days(1));
        claims.not_before = Some(before(after(now, &[later])?, &[ago])?);
    }
    if choices.below(2) == 1 {
        let microsecond = TimeDelta::microseconds(1);
        // No earlier than the session may have begun, or it might have expired.
        let earliest = before(claims.auth_time, &[leeway, leeway])?.max(before(now, &[leeway])?);
        let latest = after(now, &[leeway])?;
        claims.issued_at = after(earliest, &[choices.up_to(latest.signed_duration_since(earliest))])?;
        let most = after(claims.issued_at, &[limits.longest_lifetime()])?;
        let least = after(claims.issued_at, &[microsecond])?;
        claims.expires_at = after(least, &[choices.up_to(most.signed_duration_since(least))])?;
    }
    Ok(())
}
