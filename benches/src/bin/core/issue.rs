//! Issuing: the whole of a login beside signing alone, and other libraries' tokens.

use std::hint::black_box;

use hallpass::key::{LocalKey, SecretKey};
use hallpass_benches::figures::Figures;
use hallpass_benches::measure::{Contender, SUBJECT};

use crate::jwt::{Claims, Jwt};
use crate::paseto;
use crate::raw::Pair;
use crate::sample::{Roles, login};
use crate::verify::compare;

pub(crate) fn run(figures: &mut Figures) {
    let (secret, key) = (SecretKey::generate().unwrap(), LocalKey::generate().unwrap());
    let pair = Pair::of(&secret);
    let (public, local) = (Roles::of(secret.clone()), Roles::of(key.clone()));
    let claims = Claims::of(SUBJECT);
    let payload = serde_json::to_vec(&claims).unwrap();
    let [sign, encrypt] = paseto::issuing(&secret, &key, &payload);
    let (aws_lc, eddsa, hs256) = (pair.aws_lc(), Jwt::eddsa(&pair), Jwt::hs256());

    let contenders = [
        logging_in("a login, v4.public", &public),
        Contender::new("aws-lc-rs, sign alone", || _ = black_box(aws_lc.sign(black_box(&payload)))),
        sign,
        Contender::new("jsonwebtoken, EdDSA", || drop(black_box(eddsa.issue(black_box(&claims))))),
    ];
    compare(figures, &contenders, &[]);
    let contenders = [
        logging_in("a login, v4.local", &local),
        encrypt,
        Contender::new("jsonwebtoken, HS256", || drop(black_box(hs256.issue(black_box(&claims))))),
    ];
    compare(figures, &contenders, &[]);
}

fn logging_in<'a>(name: &str, roles: &'a Roles) -> Contender<'a> {
    Contender::new(name, || drop(black_box(roles.issuer.login(black_box(login(SUBJECT))).unwrap())))
}
