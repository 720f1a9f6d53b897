//! jsonwebtoken, with as many claims.

use hallpass_benches::measure::{ISSUER, Random};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};

use crate::raw::Pair;
use crate::sample::Private;

#[derive(serde::Serialize, serde::Deserialize)]
pub(crate) struct Claims {
    iss: String,
    sub: String,
    exp: i64,
    iat: i64,
    auth_time: i64,
    jti: String,
    sid: String,
    r#gen: u32,
    roles: [String; 2],
    tenant: u32,
}

impl Claims {
    pub(crate) fn of(subject: &str) -> Self {
        let now = chrono::Utc::now().timestamp();
        let id = hallpass::TokenId::from_bytes(Random(now.unsigned_abs()).id()).to_string();
        let Private { roles, tenant } = Private::new();
        Self {
            iss: ISSUER.to_owned(),
            sub: subject.to_owned(),
            exp: now + 900,
            iat: now,
            auth_time: now,
            jti: id.clone(),
            sid: id,
            r#gen: 0,
            roles,
            tenant,
        }
    }
}

pub(crate) struct Jwt {
    header: Header,
    signing: EncodingKey,
    verifying: DecodingKey,
    validation: Validation,
}

impl Jwt {
    pub(crate) fn hs256() -> Self {
        let secret = [7; 32];
        Self::new(
            Algorithm::HS256,
            EncodingKey::from_secret(&secret).unwrap(),
            DecodingKey::from_secret(&secret).unwrap(),
        )
    }

    pub(crate) fn eddsa(pair: &Pair) -> Self {
        Self::new(Algorithm::EdDSA, EncodingKey::from_ed_der(&pair.pkcs8()), DecodingKey::from_ed_der(&pair.public))
    }

    fn new(algorithm: Algorithm, signing: EncodingKey, verifying: DecodingKey) -> Self {
        let mut validation = Validation::new(algorithm);
        validation.set_issuer(&[ISSUER]);
        Self { header: Header::new(algorithm), signing, verifying, validation }
    }

    pub(crate) fn issue(&self, claims: &Claims) -> String {
        encode(&self.header, claims, &self.signing).unwrap()
    }

    pub(crate) fn verify(&self, token: &str) -> Claims {
        decode(token, &self.verifying, &self.validation).unwrap().claims
    }
}
