//! The other libraries of PASETO, and pasetors, which is under hallpass.

use std::hint::black_box;

use hallpass::key::{LocalKey, SecretKey};
use hallpass_benches::measure::{Contender, ISSUER};
use pasetors::keys::{AsymmetricPublicKey, AsymmetricSecretKey, SymmetricKey};
use pasetors::token::UntrustedToken;
use pasetors::version4::{LocalToken, PublicToken, V4};
use rusty_paseto::prelude::{Footer, Key, PasetoAsymmetricPublicKey, PasetoParser, Public};

use crate::raw::Pair;

/// Verify a token of hallpass' own: its signature and nothing else, and with what must be parsed first.
pub(crate) fn verifying<'a>(key: &SecretKey, token: &'a str) -> Vec<Contender<'a>> {
    let public = AsymmetricPublicKey::<V4>::try_from(key.public_key().to_paserk().as_str()).unwrap();
    let same = public.clone();
    let untrusted = UntrustedToken::try_from(token).unwrap();
    vec![
        Contender::new("pasetors, verify alone", move || {
            drop(black_box(PublicToken::verify(&public, black_box(&untrusted), None, None).unwrap()));
        }),
        Contender::new("pasetors, parse and verify", move || {
            let untrusted = UntrustedToken::try_from(black_box(token)).unwrap();
            drop(black_box(PublicToken::verify(&same, &untrusted, None, None).unwrap()));
        }),
    ]
}

/// The same of an encrypted one.
pub(crate) fn decrypting<'a>(key: &LocalKey, token: &'a str) -> Vec<Contender<'a>> {
    let key = SymmetricKey::<V4>::try_from(key.to_paserk().as_str()).unwrap();
    let same = key.clone();
    let untrusted = UntrustedToken::try_from(token).unwrap();
    vec![
        Contender::new("pasetors, decrypt alone", move || {
            drop(black_box(LocalToken::decrypt(&key, black_box(&untrusted), None, None).unwrap()));
        }),
        Contender::new("pasetors, parse and decrypt", move || {
            let untrusted = UntrustedToken::try_from(black_box(token)).unwrap();
            drop(black_box(LocalToken::decrypt(&same, &untrusted, None, None).unwrap()));
        }),
    ]
}

/// rusty_paseto, with its usual checks of the times, and the issuer.
pub(crate) fn rusty<'a>(pair: &Pair, token: &'a str, footer: &'a str) -> Contender<'a> {
    let bytes = Key::<32>::from(pair.public);
    Contender::new("rusty_paseto", move || {
        let key = PasetoAsymmetricPublicKey::<rusty_paseto::prelude::V4, Public>::from(&bytes);
        let mut parser = PasetoParser::<rusty_paseto::prelude::V4, Public>::default().expect_issuer(ISSUER);
        parser.set_footer(Footer::from(footer));
        drop(black_box(parser.parse(black_box(token), &key).unwrap()));
    })
}

/// Sign and encrypt the payload of a token, as it is.
pub(crate) fn issuing<'a>(signing: &SecretKey, encrypting: &LocalKey, payload: &'a [u8]) -> [Contender<'a>; 2] {
    let secret = AsymmetricSecretKey::<V4>::try_from(signing.to_paserk().as_str()).unwrap();
    let local = SymmetricKey::<V4>::try_from(encrypting.to_paserk().as_str()).unwrap();
    let footer = format!(r#"{{"kid":"{}"}}"#, signing.id());
    let other = format!(r#"{{"kid":"{}"}}"#, encrypting.id());
    [
        Contender::new("pasetors, sign alone", move || {
            let footer = Some(footer.as_bytes());
            drop(black_box(PublicToken::sign(&secret, black_box(payload), footer, None).unwrap()));
        }),
        Contender::new("pasetors, encrypt alone", move || {
            let footer = Some(other.as_bytes());
            drop(black_box(LocalToken::encrypt(&local, black_box(payload), footer, None).unwrap()));
        }),
    ]
}
