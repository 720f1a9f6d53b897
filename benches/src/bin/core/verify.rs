//! Cold verification beside the primitive, the library under it, and other libraries' tokens.

use std::hint::black_box;

use hallpass::key::{LocalKey, SecretKey};
use hallpass_benches::figures::{BUILD, Bound, Figures, Plot, Row};
use hallpass_benches::measure::{Contender, SUBJECT, interleaved, median, ratio, sized};
use hallpass_benches::report::series_name;

use crate::jwt::{Claims, Jwt};
use crate::raw::Pair;
use crate::sample::{Roles, login};
use crate::{biscuit, paseto, raw};

const CALLS: usize = 50;
const ROUNDS: usize = 301;

pub(crate) fn run(figures: &mut Figures) {
    public(figures);
    // The same code in either build.
    if BUILD.is_empty() {
        local(figures);
    }
}

fn public(figures: &mut Figures) {
    let secret = SecretKey::generate().unwrap();
    let pair = Pair::of(&secret);
    let roles = Roles::of(secret.clone());
    let token = roles.issuer.login(login(SUBJECT)).unwrap();
    let footer = format!(r#"{{"kid":"{}"}}"#, secret.id());
    let claims = Claims::of(SUBJECT);
    // As many bytes as a token's signature is over, about.
    let message = vec![7; token.as_str().len() * 3 / 4];

    let mut contenders = vec![cold(&roles, "v4.public, cold", token.as_str())];
    contenders.extend(raw::verifying(&pair, &message));
    contenders.extend(paseto::verifying(&secret, token.as_str()));
    contenders.push(paseto::rusty(&pair, token.as_str(), &footer));
    contenders.push(jwt("jsonwebtoken, EdDSA", Jwt::eddsa(&pair), &claims));
    contenders.push(jwt("jsonwebtoken, HS256", Jwt::hs256(), &claims));
    contenders.push(biscuit::verifying(&claims));
    let sought = match BUILD {
        "aws-lc" => {
            [("aws-lc-rs, signature alone", Bound::RatioAtMost(1.06)), ("jsonwebtoken, EdDSA", Bound::RatioAtMost(1.0))]
        }
        _ => {
            let bound = Bound::RatioAtMost(1.05);
            [("pasetors, verify alone", bound), ("pasetors, parse and verify", bound)]
        }
    };
    compare(figures, &contenders, &sought);
}

fn local(figures: &mut Figures) {
    let key = LocalKey::generate().unwrap();
    let roles = Roles::of(key.clone());
    let token = roles.issuer.login(login(SUBJECT)).unwrap();
    let mut contenders = vec![cold(&roles, "v4.local, cold", token.as_str())];
    contenders.extend(paseto::decrypting(&key, token.as_str()));
    contenders.push(jwt("jsonwebtoken, HS256", Jwt::hs256(), &Claims::of(SUBJECT)));
    compare(figures, &contenders, &[("pasetors, parse and decrypt", Bound::RatioAtMost(1.25))]);
}

fn cold<'a>(roles: &'a Roles, name: &str, token: &'a str) -> Contender<'a> {
    Contender::new(name, move || drop(black_box(roles.cold.verify(black_box(token)).unwrap())))
}

fn jwt<'a>(name: &str, jwt: Jwt, claims: &Claims) -> Contender<'a> {
    let token = jwt.issue(claims);
    Contender::new(name, move || drop(black_box(jwt.verify(black_box(&token)))))
}

/// The first beside each of the others.
pub(crate) fn compare(figures: &mut Figures, contenders: &[Contender<'_>], sought: &[(&str, Bound)]) {
    let samples = interleaved(sized(ROUNDS, 3), sized(CALLS, 5), contenders);
    let what = &contenders[0].name;
    let ours = median(&samples[0]);
    if figures.part == "verify" {
        figures.point(Plot::Verify, series_name(&format!("hallpass, {what}")), 0.0, ours);
    }
    for (contender, theirs) in contenders.iter().zip(&samples).skip(1) {
        let row = Row::time(what, ours).beside_by(&contender.name, median(theirs), ratio(&samples[0], theirs));
        let bound = sought.iter().find(|(name, _)| *name == contender.name);
        figures.add(match bound {
            Some((_, bound)) => row.sought(*bound),
            None => row,
        });
        if figures.part == "verify" && BUILD.is_empty() {
            let is_known = figures.points.iter().any(|point| point.series == contender.name);
            if !is_known {
                figures.point(Plot::Verify, &contender.name, 0.0, median(theirs));
            }
        }
    }
}
