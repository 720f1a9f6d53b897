//! Tokens that are broken in each way, by either transport: one answer for all of them.

use axum::http::header::{AUTHORIZATION, COOKIE};
use hallpass::testing::{Fault, Sample, bearer_header, cookie_header};
use hallpass::web::{Rejection, Transport};
use serde_json::json;

use super::{answer, assert_status, body, header, rejection, request, seconds, site};

#[test]
fn whatever_is_wrong_with_a_token_the_answer_is_the_same_and_the_reason_is_for_the_log() {
    let (fixture, app) = site();
    for choice in (0..10).map(|choice: u64| choice.wrapping_mul(0x9e37_79b9_7f4a_7c15)) {
        let sample = Sample { subject: "alice".to_owned(), claims: json!({ "role": "admin" }), choice };
        fixture.advance(seconds(1));
        for by in [Transport::Cookie, Transport::Bearer] {
            let show = |token: &str| {
                let (name, value) = match by {
                    Transport::Bearer => (AUTHORIZATION, bearer_header(token)),
                    _ => (COOKIE, cookie_header(token)),
                };
                answer(&app, request("GET", "/claims", &[(name, value)]))
            };
            for &fault in Fault::ALL {
                let response = show(&sample.broken(&fixture, fault).unwrap());
                assert_status(&response, 401);
                let expected = if by == Transport::Bearer { "Bearer error=\"invalid_token\"" } else { "Bearer" };
                assert_eq!(header(&response, "www-authenticate").unwrap(), expected);
                match rejection(&response) {
                    Rejection::Refused { by: found, why, .. } => assert!(*found == by && fault.explains(why), "{why}"),
                    other => panic!("{fault:?}: {other:?}"),
                }
                assert_eq!(body(response), "");
            }
            let good = show(&sample.valid(&fixture).unwrap());
            assert_status(&good, 200);
            assert_eq!(body(good), "admin");
        }
    }
}
