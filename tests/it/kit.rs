//! The tokens for tests of applications: what is good is accepted, and what is broken is refused for that reason.

use std::collections::BTreeSet;

use hallpass::testing::{Fault, Fixture, Sample, SampleError};
use hallpass::{Denylist, Issuer, KeyRing, Verifier, VerifyError};
use proptest::collection::btree_map;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::support::{noon, seconds};

/// A fixture for each kind of key; one whose tokens name an audience, are bound to something, and live on clocks that
/// may not differ at all.
fn fixtures() -> Vec<Fixture> {
    let mut strict = Fixture::with_keys(KeyRing::generate().unwrap(), noon());
    strict.denylist = Denylist::builder().leeway(seconds(0)).in_memory_at(noon() - seconds(3600)).unwrap();
    let bound = |verifier: Verifier| verifier.audience("api").implicit_assertion("tenant-1");
    strict.issuer = Issuer::new(&strict.keys, "https://app.example", &strict.denylist)
        .audience("api")
        .implicit_assertion("tenant-1");
    strict.verifier = bound(Verifier::new(&strict.keys, "https://app.example", &strict.denylist));
    vec![Fixture::at(noon()), Fixture::with_keys(KeyRing::generate().unwrap(), noon()), strict]
}

fn samples() -> impl Strategy<Value = Sample<Map<String, Value>>> {
    let claims = btree_map(".{0,20}", any::<i64>().prop_map(Value::from), 0..6)
        .prop_map(|members| members.into_iter().map(|(name, value)| (format!("my {name}"), value)).collect());
    (".{1,20}", claims, any::<u64>()).prop_map(|(subject, claims, choice)| Sample { subject, claims, choice })
}

/// The same answer of a verifier that knows tokens, twice, and of one that knows none.
fn verified(fixture: &Fixture, token: &str) -> Result<Map<String, Value>, VerifyError> {
    let verify = |verifier: &Verifier| {
        verifier.verify_at(token, fixture.now()).map(|session| session.claims::<Map<String, Value>>().unwrap())
    };
    let answer = verify(&fixture.verifier.clone().warm_cache(0));
    assert_eq!(verify(&fixture.verifier), answer);
    assert_eq!(verify(&fixture.verifier), answer);
    answer
}

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(12))]

    #[test]
    fn what_is_good_is_accepted_and_says_what_it_was_given(sample in samples()) {
        for fixture in fixtures() {
            let token = sample.valid(&fixture).unwrap();
            prop_assert_eq!(&verified(&fixture, &token).unwrap(), &sample.claims);
            let session = fixture.verifier.verify_at(&token, fixture.now()).unwrap();
            prop_assert_eq!(session.subject(), &sample.subject);
        }
    }

    #[test]
    fn what_is_broken_is_refused_for_its_fault_with_a_warm_cache_and_without(sample in samples()) {
        for fixture in fixtures() {
            for &fault in Fault::ALL {
                // Under a leeway of 0 nobody logs in in the moment of a cutoff.
                fixture.advance(seconds(1));
                let token = sample.broken(&fixture, fault).unwrap();
                let error = verified(&fixture, &token).unwrap_err();
                prop_assert!(fault.explains(&error), "{:?}: {} {}", fault, error, token);
                for &other in Fault::ALL {
                    let confused = other != fault && other.explains(&error) && !is_like(fault, other);
                    prop_assert!(!confused, "{:?} is not {:?}: {}", fault, other, error);
                }
            }
            // Whoever logs in after all that is let in.
            fixture.advance(seconds(1));
            prop_assert!(verified(&fixture, &sample.valid(&fixture).unwrap()).is_ok());
        }
    }
}

/// Two faults that are told by one error.
fn is_like(fault: Fault, other: Fault) -> bool {
    use Fault as F;
    let families: [&[Fault]; 4] = [
        &[F::Truncated, F::SecondSpelling, F::OtherVersion, F::TooLong, F::FooterWithoutKey],
        &[F::AlteredPayload, F::AlteredTag, F::AlteredFooter, F::Forged, F::OtherAssertion],
        &[F::WrongType, F::OtherDate],
        &[F::RevokedToken, F::RevokedSession],
    ];
    families.iter().any(|family| family.contains(&fault) && family.contains(&other))
}

fn sample(choice: u64) -> Sample<Value> {
    Sample { subject: "alice".to_owned(), claims: json!({ "role": "admin" }), choice }
}

#[test]
fn every_fault_is_among_all_of_them_once() {
    let all: BTreeSet<Fault> = Fault::ALL.iter().copied().collect();
    assert_eq!(all.len(), Fault::ALL.len());
    let source = include_str!("../../src/testing/tokens/fault.rs");
    let (declared, _) = source.split_once("impl Fault").unwrap();
    let declared = declared.lines().filter(|line| line.starts_with("    ") && line.ends_with(',')).count();
    assert_eq!(all.len(), declared);
}

#[test]
fn the_plainest_is_a_login_as_it_stands_and_the_same_number_chooses_the_same() {
    let fixture = Fixture::at(noon());
    let read = |token: &str| fixture.verifier.verify_at(token, noon()).unwrap().registered().clone();
    let plain = read(&sample(0).valid(&fixture).unwrap());
    let login = fixture.token("alice").registered().clone();
    assert_eq!((plain.issued_at(), plain.expires_at()), (login.issued_at(), login.expires_at()));
    assert_eq!((plain.generation(), plain.not_before()), (0, None));
    for choice in [1, 2, 3, 1 << 40, u64::MAX] {
        let [one, other] = [(); 2].map(|()| read(&sample(choice).valid(&fixture).unwrap()));
        assert_eq!((one.issued_at(), one.expires_at()), (other.issued_at(), other.expires_at()));
        assert_eq!((one.generation(), one.not_before()), (other.generation(), other.not_before()));
    }
}

#[test]
fn what_can_be_no_token_is_the_samples_fault() {
    let fixture = Fixture::at(noon());
    let with = |subject: &str, claims: Value| Sample { subject: subject.to_owned(), claims, choice: 0 };
    assert!(matches!(with("alice", json!({ "exp": 1 })).valid(&fixture), Err(SampleError::Claims(_))));
    assert!(matches!(with("alice", json!(7)).valid(&fixture), Err(SampleError::Claims(_))));
    assert!(matches!(with("", json!({})).valid(&fixture), Err(SampleError::Issue(_))));
    let long = with("alice", json!({ "note": "x".repeat(6000) }));
    assert!(matches!(long.valid(&fixture), Err(SampleError::Issue(_))));
    for &fault in Fault::ALL {
        assert!(matches!(long.broken(&fixture, fault), Err(SampleError::Issue(_))), "{fault:?}");
    }
}

/// However often it is asked for, three keys are added to the ring and no more.
#[test]
fn the_ring_does_not_fill_up() {
    let fixture = Fixture::at(noon());
    for choice in 0..100 {
        for fault in [Fault::RetiredKey, Fault::PastKey, Fault::RevokedKey] {
            sample(choice).broken(&fixture, fault).unwrap();
        }
    }
    assert_eq!(fixture.keys.set().states().count(), 4);
}

#[cfg(feature = "arbitrary")]
#[test]
fn any_bytes_make_a_sample_and_a_fault() {
    use arbitrary::Unstructured;

    #[derive(Debug, arbitrary::Arbitrary, serde::Serialize)]
    struct Roles {
        roles: Vec<String>,
        level: u8,
    }

    let fixture = Fixture::at(noon());
    let mut faults = BTreeSet::new();
    for seed in 0..=255_u8 {
        let bytes: Vec<u8> =
            (0..200_u8).map(|place| seed.wrapping_mul(31).wrapping_add(place.wrapping_mul(seed))).collect();
        let mut bytes = Unstructured::new(&bytes);
        let fault: Fault = bytes.arbitrary().unwrap();
        let sample: Sample<Roles> = bytes.arbitrary().unwrap();
        assert!(fixture.verifier.verify_at(&sample.valid(&fixture).unwrap(), noon()).is_ok());
        let error = fixture.verifier.verify_at(&sample.broken(&fixture, fault).unwrap(), noon()).unwrap_err();
        assert!(fault.explains(&error), "{fault:?}: {error}");
        faults.insert(fault);
    }
    assert!(faults.len() > 20, "{faults:?}");
    let nothing: Sample<()> = Unstructured::new(&[]).arbitrary().unwrap();
    assert_eq!((nothing.subject.as_str(), nothing.choice), ("alice", 0));
}

#[cfg(feature = "proptest")]
#[test]
fn there_are_strategies_for_samples_and_faults() {
    let fixture = Fixture::at(noon());
    proptest!(cases(100), |(
        sample in Sample::with_claims(any::<u32>().prop_map(|level| json!({ "level": level }))),
        fault: Fault,
    )| {
        let error = fixture.verifier.verify_at(&sample.broken(&fixture, fault).unwrap(), noon()).unwrap_err();
        prop_assert!(fault.explains(&error), "{:?}: {}", fault, error);
    });
}
