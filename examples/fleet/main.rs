//! Three servers over one engine: log in on one, log out on another, and see the third refuse; then the engine stops
//! and goes on.
//!
//! ```text
//! cargo run --example fleet --features axum,postgres -- --engine postgres://user:password@host/database
//! ```
//!
//! With the feature `redis` besides, the engine may be `redis://…`. Without `--engine` it starts a PostgreSQL server of its own, if one is installed, and stops and continues it too.

#![allow(clippy::print_stdout, clippy::print_stderr)]

mod client;
mod engine;
mod server;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use hallpass::key::{KeySet, LocalKey};

use client::Client;
use engine::Engine;
use server::Server;

/// Three servers over one engine.
#[derive(Parser)]
struct Options {
    /// The engine. Unless given, one is started for this.
    #[arg(long, value_name = "URL", env = "HALLPASS_DENYLIST", hide_env_values = true)]
    engine: Option<String>,
    /// Be one of the servers, with the keys in this file.
    #[arg(long, value_name = "FILE", hide = true)]
    serve: Option<PathBuf>,
}

type Done<T> = Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    let done = match (options.serve, options.engine) {
        (Some(keys), Some(url)) => server::serve(&url, &keys).await,
        (_, engine) => show(engine).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let links = std::iter::successors(Some(&*error as &dyn Error), |&error| error.source());
            eprintln!("fleet: {}", links.map(ToString::to_string).collect::<Vec<_>>().join(": "));
            ExitCode::FAILURE
        }
    }
}

async fn show(url: Option<String>) -> Done<()> {
    let own = if url.is_none() { Some(Engine::start()?) } else { None };
    let url = url.or_else(|| own.as_ref().map(Engine::url)).unwrap_or_default();
    let folder = tempfile::tempdir()?;
    // All must have the same keys.
    let keys = folder.path().join("keys");
    KeySet::issuing(LocalKey::generate()?).save(&keys)?;
    let servers = [Server::start(&url, &keys)?, Server::start(&url, &keys)?, Server::start(&url, &keys)?];
    let [one, two, three] = servers.each_ref().map(|server| Client::new(server.address));
    println!("three servers: {}", servers.each_ref().map(|server| server.address.to_string()).join(", "));

    let cookie = one.login("alice").await?;
    println!("alice has logged in on the first");
    for server in [&one, &two, &three] {
        expect(server.me(&cookie).await?, 200)?;
    }
    println!("all three know her");
    let took = two.logout(&cookie).await?;
    println!("she has logged out on the second, which was acknowledged after {:.1} ms", millis(took));
    let after = three.until(401, &cookie).await?;
    println!("the third refuses a copy of her cookie, {:.1} ms after that", millis(after));
    let after = one.until(401, &cookie).await?;
    println!("and so does the first, {:.1} ms after that", millis(after));

    let Some(engine) = own else { return Ok(()) };
    let cookie = one.login("bob").await?;
    engine.stop()?;
    println!("the engine has stopped: nobody knows any more who has logged out elsewhere");
    for server in [&one, &two, &three] {
        let after = server.until(503, &cookie).await?;
        println!("{} answers 503 after {:.1} s more, and bob keeps his cookie", server.address, after.as_secs_f64());
    }
    engine.go_on()?;
    println!("the engine goes on");
    for server in [&one, &two, &three] {
        let after = server.until(200, &cookie).await?;
        println!("{} knows bob again after {:.1} s more", server.address, after.as_secs_f64());
    }
    Ok(())
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

fn expect(status: u16, expected: u16) -> Done<()> {
    if status == expected { Ok(()) } else { Err(format!("{status} in the place of {expected}").into()) }
}
