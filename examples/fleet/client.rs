//! Whoever asks the servers.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{Request, Response, header};
use hyper_util::client::legacy::Client as Http;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use crate::{Done, expect};

/// Nothing takes longer here.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Client {
    pub(crate) address: SocketAddr,
    http: Http<HttpConnector, Body>,
}

impl Client {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self { address, http: Http::builder(TokioExecutor::new()).build_http() }
    }

    async fn ask(&self, method: &str, path: &str, cookie: &str) -> Done<Response<impl Sized + use<>>> {
        let request = Request::builder().method(method).uri(format!("http://{}{path}", self.address));
        Ok(self.http.request(request.header(header::COOKIE, cookie).body(Body::empty())?).await?)
    }

    /// The cookie that it sets.
    pub(crate) async fn login(&self, who: &str) -> Done<String> {
        let response = self.ask("POST", &format!("/login/{who}"), "").await?;
        expect(response.status().as_u16(), 204)?;
        let cookie = response.headers().get(header::SET_COOKIE).ok_or("no cookie")?.to_str()?;
        Ok(cookie.split(';').next().unwrap_or_default().to_owned())
    }

    pub(crate) async fn me(&self, cookie: &str) -> Done<u16> {
        Ok(self.ask("GET", "/me", cookie).await?.status().as_u16())
    }

    /// How long it took.
    pub(crate) async fn logout(&self, cookie: &str) -> Done<Duration> {
        let begun = Instant::now();
        expect(self.ask("POST", "/logout", cookie).await?.status().as_u16(), 204)?;
        Ok(begun.elapsed())
    }

    /// How long it takes until the answer is this status.
    pub(crate) async fn until(&self, status: u16, cookie: &str) -> Done<Duration> {
        let begun = Instant::now();
        while self.me(cookie).await? != status {
            if begun.elapsed() > PATIENCE {
                return Err(format!("{} does not answer {status}", self.address).into());
            }
        }
        Ok(begun.elapsed())
    }
}
