//! A login page, and what becomes of a stolen cookie after logout.
//!
//! ```text
//! cargo run --example login_server --features axum
//! ```
//!
//! Then open <http://127.0.0.1:3000>. Users: alice / wonderland, bob / builder.

#![allow(clippy::print_stdout, clippy::print_stderr)]

mod answer;
mod app;
mod events;
mod form;
mod keys;
mod page;
mod replay;
mod users;

use std::error::Error;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use chrono::TimeDelta;
use clap::Parser;
use hallpass::web::SessionLayer;
use hallpass::{Denylist, Issuer, Timeouts, Verifier};

/// The name of this server in its tokens (`iss`).
const ISSUER: &str = "https://login-server.example";

/// A login page, and what becomes of a stolen cookie after logout.
#[derive(Parser)]
struct Options {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:3000")]
    listen: SocketAddr,
    /// The file of the denylist; made if there is none.
    #[arg(long, value_name = "FILE", default_value = "target/login_server/denylist.redb")]
    denylist: PathBuf,
    /// The file of the keys. Unless given, one beside the denylist, made if there is none.
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
    /// How long a token lives, such as 15m: the idle timeout.
    #[arg(long, default_value = "15m", value_parser = duration)]
    lifetime: TimeDelta,
    /// How long a session lives, however busy it is.
    #[arg(long, default_value = "12h", value_parser = duration)]
    absolute: TimeDelta,
    /// For how long a token is still good after its successor was used.
    #[arg(long, default_value = "30s", value_parser = duration)]
    grace: TimeDelta,
    /// How far clocks may differ.
    #[arg(long, default_value = "10s", value_parser = duration)]
    leeway: TimeDelta,
}

fn duration(text: &str) -> Result<TimeDelta, String> {
    let duration = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    TimeDelta::from_std(duration).map_err(|error| error.to_string())
}

#[tokio::main]
async fn main() -> ExitCode {
    match serve(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("login_server: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(options: Options) -> Result<(), Box<dyn Error>> {
    if let Some(folder) = options.denylist.parent().filter(|folder| *folder != Path::new("")) {
        std::fs::create_dir_all(folder)?;
    }
    let keys = keys::open(options.keys.as_deref(), &options.denylist)?;
    let denylist = Denylist::builder()
        .longest_lifetime(options.lifetime)
        .leeway(options.leeway)
        .grace(options.grace)
        .open(&options.denylist)?;
    let timeouts = Timeouts::default().idle(options.lifetime).absolute(options.absolute);
    let issuer = Issuer::new(&keys, ISSUER, &denylist).timeouts(timeouts)?;
    let verifier = Verifier::new(&keys, ISSUER, &denylist);

    let listener = tokio::net::TcpListener::bind(options.listen).await?;
    let address = listener.local_addr()?;
    println!("{}", issuer.policy());
    println!("listening on http://{address}");
    let sessions = SessionLayer::new(&issuer, &verifier);
    let app = app::app(app::App { issuer, verifier, denylist, address }, sessions);
    axum::serve(listener, app).await?;
    Ok(())
}
