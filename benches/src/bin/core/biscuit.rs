//! biscuit-auth: as many claims, as facts; verified, and authorized by the time and the issuer.

use std::hint::black_box;

use biscuit_auth::builder::{AuthorizerBuilder, Policy};
use biscuit_auth::{Biscuit, KeyPair};
use hallpass_benches::measure::Contender;

use crate::jwt::Claims;

pub(crate) fn verifying<'a>(claims: &Claims) -> Contender<'a> {
    let root = KeyPair::new();
    let mut builder = Biscuit::builder();
    let serde_json::Value::Object(claims) = serde_json::to_value(claims).unwrap() else { unreachable!() };
    for (name, value) in claims {
        // Each claim is a fact of its name. Lists are written as they are in JSON.
        builder = builder.fact(format!("{name}({value})").as_str()).unwrap();
    }
    let builder = builder.code(r#"check if time($now), exp($exp), 0 < $exp;"#).unwrap();
    let token = builder.build(&root).unwrap().to_base64().unwrap();
    let public = root.public();
    let policy: Policy = r#"allow if iss("https://app.example")"#.try_into().unwrap();
    Contender::new("biscuit-auth", move || {
        let biscuit = Biscuit::from_base64(black_box(&token), public).unwrap();
        let authorizer = AuthorizerBuilder::new().time().policy(policy.clone()).unwrap();
        black_box(authorizer.build(&biscuit).unwrap().authorize().unwrap());
    })
}
