//! The server that is measured, in a process of its own.

use std::convert::Infallible;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::routing::get;
use axum::{Router, middleware};
use chrono::Utc;
use hallpass::Session;
use hallpass::web::{SessionCookie, SessionLayer};
use tower::layer::util::Identity;
use tower_http::csrf::CsrfLayer;

use crate::shared::Shared;
use crate::{answer, page, peers};

/// Serves until it is killed.
pub(crate) fn serve(kind: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let redis = std::env::var("HALLPASS_BENCH_REDIS").unwrap_or_default();
        match kind {
            "stored in memory" => peers::stored_in_memory(Shared::new("local")).await,
            "stored in Redis" => peers::stored_in_redis(Shared::new("local"), &redis).await,
            "asking Redis" => peers::asking_redis(Shared::new("local"), &redis).await,
            tokens => ours(&Shared::new(tokens)).await,
        }
    });
}

/// The same route under each name, with its own layers.
async fn ours(shared: &Arc<Shared>) {
    let [layer, cold] = [&shared.verifier, &shared.cold].map(|verifier| SessionLayer::new(&shared.issuer, verifier));
    let router = around(behind_layer("/me", shared)).layer(layer.clone());
    let router = router.merge(around(behind_layer("/within", shared).layer(layer)));
    let router = router.merge(around(behind_layer("/cold", shared)).layer(cold));
    let router = router.merge(around(verifying("/by-hand", shared)));
    // What axum does for any layer, whatever that does.
    let router = router.merge(around(bare("/idle", shared).layer(Identity::new())));
    let router = router.merge(around(bare("/bare", shared)));
    listen(router, &format!("{}={}", SessionCookie::new().full_name(), shared.token)).await;
}

/// Prints where, and the cookie to send.
pub(crate) async fn listen(router: Router, cookie: &str) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("{} {cookie}", listener.local_addr().unwrap());
    axum::serve(listener, router).await.unwrap();
}

/// The route that the layer is around.
fn behind_layer(path: &str, shared: &Arc<Shared>) -> Router {
    let me = async |State(shared): State<Arc<Shared>>, session: Session| {
        answer::session(&session, &shared.issuer, Utc::now())
    };
    Router::new().route(path, get(me)).with_state(Arc::clone(shared))
}

/// The same route with the same answer and all around it but the layer: an extractor that gives a session as it is.
fn bare(path: &str, shared: &Arc<Shared>) -> Router {
    let me = async |State(shared): State<Arc<Shared>>, Known(session): Known| {
        answer::session(&session, &shared.issuer, Utc::now())
    };
    Router::new().route(path, get(me)).with_state(Arc::clone(shared))
}

/// The same, with an extractor that verifies a token first, cold, and looks at no header.
fn verifying(path: &str, shared: &Arc<Shared>) -> Router {
    let me = async |State(shared): State<Arc<Shared>>, Verified(session): Verified| {
        answer::session(&session, &shared.issuer, Utc::now())
    };
    Router::new().route(path, get(me)).with_state(Arc::clone(shared))
}

struct Known(Session);

impl FromRequestParts<Arc<Shared>> for Known {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Infallible> {
        Ok(Self(shared.session.clone()))
    }
}

struct Verified(Session);

impl FromRequestParts<Arc<Shared>> for Verified {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Infallible> {
        Ok(Self(shared.cold.verify(&shared.token).unwrap()))
    }
}

/// What the example has besides.
pub(crate) fn around(router: Router) -> Router {
    router.layer(CsrfLayer::new()).layer(middleware::from_fn(page::with_headers))
}

pub(crate) struct Server {
    process: Child,
    pub(crate) address: SocketAddr,
    pub(crate) cookie: String,
}

impl Server {
    pub(crate) fn start(kind: &str, redis: &str) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--serve", kind])
            .env("HALLPASS_BENCH_REDIS", redis)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let (address, cookie) = line.trim().split_once(' ').unwrap();
        Self { process, address: address.parse().unwrap(), cookie: cookie.to_owned() }
    }

    /// The CPU time that it has used so far, in nanoseconds.
    pub(crate) fn cpu(&self) -> f64 {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.process.id())).unwrap();
        let nanoseconds = tasks.map(|task| {
            let text = std::fs::read_to_string(task.unwrap().path().join("schedstat")).unwrap();
            text.split(' ').next().unwrap().parse::<f64>().unwrap()
        });
        nanoseconds.sum()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}
