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
use hallpass::{Denylist, DenylistBuilder, Issuer, Timeouts, Verifier};

/// The name of this server in its tokens (`iss`).
const ISSUER: &str = "https://login-server.example";

/// A login page, and what becomes of a stolen cookie after logout.
#[derive(Parser)]
struct Options {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:3000")]
    listen: SocketAddr,
    /// The denylist: its file, or the URL of an engine that several servers share (postgres://…, redis://…); made if there is none.
    // By the variable where it holds a password: everybody on the machine can read arguments.
    #[arg(
        long,
        env = "HALLPASS_DENYLIST",
        hide_env_values = true,
        value_name = "FILE|URL",
        default_value = "target/login_server/denylist.redb"
    )]
    denylist: String,
    /// The file of the keys. Unless given, one beside the file of the denylist, made if there is none.
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

#[cfg(any(feature = "postgres", feature = "redis"))]
fn connect(settings: DenylistBuilder, url: &str) -> Result<Denylist, Box<dyn Error>> {
    Ok(settings.connect(url)?)
}

#[cfg(not(any(feature = "postgres", feature = "redis")))]
fn connect(_: DenylistBuilder, _: &str) -> Result<Denylist, Box<dyn Error>> {
    Err("engines need the feature postgres or redis".into())
}

#[tokio::main]
async fn main() -> ExitCode {
    match serve(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("login_server: {}", chain(&*error));
            ExitCode::FAILURE
        }
    }
}

/// What an error says, and then what each of its sources says.
fn chain(error: &dyn Error) -> String {
    let links = std::iter::successors(Some(error), |&error| error.source());
    links.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

async fn serve(options: Options) -> Result<(), Box<dyn Error>> {
    let settings = Denylist::builder().longest_lifetime(options.lifetime).leeway(options.leeway).grace(options.grace);
    let (keys, denylist) = if options.denylist.contains("://") {
        // All that share the list must have the same keys.
        let keys = options.keys.as_deref().ok_or("a list that is shared needs --keys, the same for all")?;
        (keys::load(keys)?, connect(settings, &options.denylist)?)
    } else {
        let file = Path::new(&options.denylist);
        if let Some(folder) = file.parent().filter(|folder| *folder != Path::new("")) {
            std::fs::create_dir_all(folder)?;
        }
        (keys::open(options.keys.as_deref(), file)?, settings.open(file)?)
    };
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
