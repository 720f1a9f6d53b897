//! What becomes of the set, by the actions of a step.

use super::*;

#[test]
fn a_list_that_vouches_anew_while_the_store_lacks_something_still_gets_it_back() {
    let set = set();
    let freshness = Freshness::new(SECOND, 0, SECOND);
    let key = KeyId::from_bytes([0; 34]).unwrap();
    set.revoke(&Revocation::Key(key), EPOCH, |_| ()).unwrap();
    let mut gathering = Gathering::default();
    for has_lost in [true, false] {
        gathering.apply(Action::Adopt { header: header(), has_lost }, &set, &freshness, NOW);
    }
    let left = gathering.apply(Action::Whole { header: header() }, &set, &freshness, NOW);
    let Left::TellAll { keep } = left else { panic!("{left:?}") };
    assert!(keep.iter().any(|record| matches!(record.fact, Fact::Key { id, .. } if id == key)), "{keep:?}");
}

/// Else each process of a fleet would write all that it knows whenever one has to.
#[test]
fn after_a_loss_what_the_store_has_kept_is_not_written_again_unless_the_set_knows_more_of_it() {
    let freshness = Freshness::new(SECOND, 0, SECOND);
    let less = |record: &Record| match record.fact {
        Fact::Subject { subject, cutoff, made } => {
            Fact::Subject { subject, cutoff: Cutoff { at: cutoff.at - 1, ..cutoff }, made }.into()
        }
        // When it was listed, the set knows coarsely alone.
        Fact::Id { id, made } => Fact::Id { id, made: made - 1 }.into(),
        _ => *record,
    };
    let is_of_subject = |record: &Record| matches!(record.fact, Fact::Subject { .. });
    for kept in ["all", "less", "nothing"] {
        let set = set();
        let subject = Revocation::Subject { issuer: "i".to_owned(), subject: "s".to_owned(), except: None };
        for what in [subject, Revocation::Session(SessionId::from_bytes([7; 16]))] {
            set.revoke(&what, EPOCH, |_| ()).unwrap();
        }
        let held = set.entries(EPOCH);
        assert!(held.iter().any(is_of_subject));
        let (found, written): (Vec<Record>, Vec<Record>) = match kept {
            "all" => (held.clone(), Vec::new()),
            "less" => (held.iter().map(less).collect(), held.iter().copied().filter(is_of_subject).collect()),
            _ => (Vec::new(), held.clone()),
        };
        let mut gathering = Gathering::default();
        gathering.apply(Action::Adopt { header: header(), has_lost: true }, &set, &freshness, NOW);
        gathering.apply(Action::Join { records: found, since: None }, &set, &freshness, NOW);
        let left = gathering.apply(Action::Whole { header: header() }, &set, &freshness, NOW);
        let Left::TellAll { keep } = left else { panic!("{left:?}") };
        assert_eq!(keep, written, "{kept}");
    }
}

#[test]
fn a_cutoff_of_a_clock_far_ahead_counts_as_made_now_and_spares_whom_it_spared() {
    let set = set();
    let session = SessionId::from_bytes([7; 16]);
    let far = EPOCH + 365 * 86_400 * SECOND;
    set.follow(&[Fact::Everyone { cutoff: Cutoff::new(far, Some(session)), made: far }.into()], EPOCH, EPOCH, EPOCH);
    let everyone = set.entries(EPOCH).into_iter().find_map(|record| match record.fact {
        Fact::Everyone { cutoff, .. } => Some(cutoff),
        _ => None,
    });
    assert_eq!(everyone, Some(Cutoff::new(EPOCH + 20 * SECOND, Some(session))));
}

/// What is read again is joined to what is there, and nothing is put aside for it first.
#[test]
fn while_everything_is_read_again_nothing_that_was_listed_is_missing() {
    let (set, freshness) = (set(), Freshness::new(SECOND, 0, SECOND));
    set.revoke(&Revocation::Session(SessionId::from_bytes([7; 16])), EPOCH, |_| ()).unwrap();
    // After all that the header does not vouch for.
    let later = EPOCH + 30 * SECOND;
    let is_listed = |byte| {
        let token = TokenFacts {
            token_id: TokenId::from_bytes([byte; 16]),
            session_id: SessionId::from_bytes([byte; 16]),
            issuer: "i",
            subject: "s",
            auth_time: from_micros(later),
            key_id: KeyId::from_bytes([0; 34]).unwrap(),
            prior_key_ids: &[],
        };
        set.look().status(&token, None, later) != Status::NotListed
    };
    let other = Fact::Id { id: [8; 16], made: EPOCH };
    let mut gathering = Gathering::default();
    for has_lost in [false, true] {
        for action in [
            Action::Unknown,
            Action::Adopt { header: header(), has_lost },
            Action::Join { records: vec![other.into()], since: None },
            Action::Whole { header: header() },
        ] {
            gathering.apply(action, &set, &freshness, NOW);
            assert_eq!((is_listed(7), is_listed(9)), (true, false));
        }
    }
    assert!(is_listed(8));
}
