//! A name and a password, from a form or as JSON.

use axum::extract::rejection::{FormRejection, JsonRejection};
use axum::extract::{Form, FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::{Json, RequestExt as _};
use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct Credentials {
    pub(crate) user: String,
    pub(crate) password: String,
}

impl<S: Send + Sync> FromRequest<S> for Credentials {
    type Rejection = Response;

    async fn from_request(request: Request, _: &S) -> Result<Self, Response> {
        let kind = request.headers().get(CONTENT_TYPE).map_or(&b""[..], |kind| kind.as_bytes());
        let is_json = kind.get(..16).is_some_and(|kind| kind.eq_ignore_ascii_case(b"application/json"));
        if is_json {
            let json: Result<Json<Self>, JsonRejection> = request.extract().await;
            json.map(|Json(credentials)| credentials).map_err(IntoResponse::into_response)
        } else {
            let form: Result<Form<Self>, FormRejection> = request.extract().await;
            form.map(|Form(credentials)| credentials).map_err(IntoResponse::into_response)
        }
    }
}
