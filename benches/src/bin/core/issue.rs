//! Issuing: the whole of a login beside signing alone, and other libraries' tokens.

use std::hint::black_box;

use hallpass::key::{LocalKey, SecretKey};
use hallpass_benches::figures::{BUILD, Bound, Figures};
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
    // What hallpass signs: its payload, and, in what aws-lc-rs alone is given, about as much as its footer takes besides.
    let token = public.issuer.login(login(SUBJECT)).unwrap();
    let payload = public.cold.verify(token.as_str()).unwrap().payload().as_bytes().to_vec();
    let message = [payload.as_slice(), &[7; 111]].concat();
    let [sign, encrypt] = paseto::issuing(&secret, &key, &payload);
    let (aws_lc, eddsa, hs256) = (pair.aws_lc(), Jwt::eddsa(&pair), Jwt::hs256());

    let contenders = [
        logging_in("a login, v4.public", &public),
        Contender::new("aws-lc-rs, sign alone", || _ = black_box(aws_lc.sign(black_box(&message)))),
        sign,
        Contender::new("jsonwebtoken, EdDSA", || drop(black_box(eddsa.issue(black_box(&claims))))),
    ];
    let sought =
        [("aws-lc-rs, sign alone", Bound::RatioAtMost(1.35)), ("jsonwebtoken, EdDSA", Bound::RatioAtMost(1.0))];
    compare(figures, &contenders, if BUILD == "aws-lc" { &sought } else { &[] });
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
