//! One of the servers: a process of its own.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use axum::Router;
use axum::extract::Path as In;
use axum::http::StatusCode;
use axum::routing::{get, post};
use hallpass::key::KeySet;
use hallpass::web::{EndSession, Rejection, SessionLayer, Sessions, SetSession};
use hallpass::{Denylist, Issuer, KeyRing, Session, Verifier};

use crate::Done;

const ISSUER: &str = "https://fleet.example";

/// Listens somewhere, and says where.
pub(crate) async fn serve(engine: &str, keys: &Path) -> Done<()> {
    let keys = KeyRing::new(KeySet::load(keys)?);
    let denylist = Denylist::connect(engine)?;
    let issuer = Issuer::new(&keys, ISSUER, &denylist);
    let verifier = Verifier::new(&keys, ISSUER, &denylist);
    let app = Router::new()
        .route("/me", get(async |session: Session| session.subject().to_owned()))
        .route("/login/{who}", post(login))
        .route("/logout", post(logout))
        .layer(SessionLayer::new(&issuer, &verifier));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    Ok(axum::serve(listener, app).await?)
}

async fn login(sessions: Sessions, In(who): In<String>) -> Result<(SetSession, StatusCode), Rejection> {
    Ok((sessions.login(&who).await?, StatusCode::NO_CONTENT))
}

async fn logout(sessions: Sessions) -> Result<(EndSession, StatusCode), Rejection> {
    Ok((sessions.logout().await?, StatusCode::NO_CONTENT))
}

pub(crate) struct Server {
    process: Child,
    pub(crate) address: SocketAddr,
}

impl Server {
    pub(crate) fn start(engine: &str, keys: &Path) -> Done<Self> {
        // Not as an argument, which everybody on the machine could read.
        let mut command = Command::new(std::env::current_exe()?);
        command.env("HALLPASS_DENYLIST", engine).arg("--serve").arg(keys).stdout(Stdio::piped());
        let mut process = command.spawn()?;
        let mut line = String::new();
        BufReader::new(process.stdout.take().ok_or("no output")?).read_line(&mut line)?;
        let address = line.trim().parse().map_err(|_| "a server did not start")?;
        Ok(Self { process, address })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
