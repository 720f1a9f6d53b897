//! The ids of keys.

use hallpass::key::{Key, KeyId, LocalKey, SecretKey};
use pasetors::keys::{AsymmetricPublicKey, AsymmetricSecretKey, SymmetricKey};
use pasetors::paserk::{FormatAsPaserk as _, Id};
use pasetors::version4::V4;

fn ids() -> [KeyId; 3] {
    let secret = SecretKey::generate().unwrap();
    [secret.id(), secret.secret_id(), LocalKey::generate().unwrap().id()]
}

#[test]
fn each_kind_of_key_has_its_kind_of_id() {
    let heads = ids().map(|id| id.to_string()[..7].to_owned());
    assert_eq!(heads, ["k4.pid.", "k4.sid.", "k4.lid."]);
}

#[test]
fn tokens_name_a_pair_by_its_public_half() {
    let secret = SecretKey::generate().unwrap();
    assert_eq!(secret.id(), secret.public_key().id());
    assert_eq!(Key::from(secret.clone()).id(), secret.id());
    assert_eq!(Key::from(secret.public_key().clone()).id(), secret.id());
}

#[test]
fn what_is_written_is_read_back() {
    for id in ids() {
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(format!("{id:?}"), format!("KeyId({id})"));
    }
}

#[test]
fn any_other_text_is_refused() {
    for id in ids() {
        let id = id.to_string();
        let (head, body) = id.split_at(7);
        let others = [
            body.to_owned(),
            head.to_owned(),
            format!("{id}="),
            format!("{id}A"),
            format!("{id}\n"),
            format!(" {id}"),
            id[..id.len() - 1].to_owned(),
            id[..id.len() - 4].to_owned(),
            format!("{head}+{}", &body[1..]),
            format!("{head} {}", &body[1..]),
            format!("{head}é{}", &body[2..]),
            format!("k3{}", &id[2..]),
            format!("K4{}", &id[2..]),
            format!("k4.rid.{body}"),
            format!("k4.public.{body}"),
            format!("{head}{}", "A".repeat(1 << 20)),
            String::new(),
        ];
        for other in others {
            assert!(other.parse::<KeyId>().is_err(), "{other}");
        }
    }
}

#[test]
fn the_same_hash_under_another_kind_is_another_id() {
    let id = ids()[0];
    let other: KeyId = id.to_string().replace("k4.pid.", "k4.lid.").parse().unwrap();
    assert_ne!(id, other);
}

/// The official vectors of `pid` use bytes that are no key; so against another computation of it.
#[test]
fn an_id_is_the_one_that_pasetors_computes() {
    for _ in 0..8 {
        let (secret, local) = (SecretKey::generate().unwrap(), LocalKey::generate().unwrap());
        let computed = [
            Id::from(&AsymmetricSecretKey::<V4>::try_from(secret.to_paserk().as_str()).unwrap()),
            Id::from(&AsymmetricPublicKey::<V4>::try_from(secret.public_key().to_paserk().as_str()).unwrap()),
            Id::from(&SymmetricKey::<V4>::try_from(local.to_paserk().as_str()).unwrap()),
        ];
        let written = computed.map(|id| {
            let mut text = String::new();
            id.fmt(&mut text).unwrap();
            text
        });
        assert_eq!(written, [secret.secret_id(), secret.id(), local.id()].map(|id| id.to_string()));
    }
}
