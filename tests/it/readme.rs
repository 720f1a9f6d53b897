//! The README's programs, word for word: compiled, and run one after the other, since the second goes on with what the
//! first has made.

use std::error::Error;
use std::iter;
use std::path::Path;

use axum::body::Body;
use axum::http::{Request, Response, StatusCode, header};
use tower::ServiceExt as _;

#[rustfmt::skip]
async fn programs(folder: &Path) -> Result<axum::Router, Box<dyn Error>> {
    // The first.
    use hallpass::{Denylist, Issuer, KeyRing, Verifier, VerifyError};

    let keys = KeyRing::generate_local()?;               // tokens are encrypted; generate() signs them
    let denylist = Denylist::open(folder.join("denylist.redb"))?;     // one file, loaded into memory
    let issuer = Issuer::new(&keys, "https://app.example", &denylist);
    let verifier = Verifier::new(&keys, "https://app.example", &denylist);

    let token = issuer.login("alice")?;                  // a new session
    let session = verifier.verify(token.as_str())?;      // every request: memory only
    denylist.revoke(&session).await?;                    // logout: in force, and on the disk
    assert!(matches!(verifier.verify(token.as_str()), Err(VerifyError::Revoked { .. })));
    // The second.
    use axum::{Router, response::IntoResponse, routing::{get, post}};
    use hallpass::{Session, web::{EndSession, Rejection, SessionLayer, Sessions}};

    async fn login(sessions: Sessions) -> Result<impl IntoResponse, Rejection> {
        sessions.login("alice").await // after the password was checked; sets the cookie
    }

    async fn logout(sessions: Sessions) -> Result<EndSession, Rejection> {
        sessions.logout().await // from then on no copy of the cookie is accepted
    }

    async fn me(session: Session) -> String {
        session.subject().to_owned()
    }

    let app = Router::new()
        .route("/login", post(login))
        .route("/logout", post(logout))
        .route("/me", get(me))
        .layer(SessionLayer::new(&issuer, &verifier));
    // The end.
    Ok(app)
}

/// The lines of this file between two others.
fn written_here(begin: &str, end: &str) -> String {
    let source = include_str!("readme.rs").lines();
    let lines = source.skip_while(|line| line.trim() != begin).skip(1).take_while(|line| line.trim() != end);
    let lines: Vec<&str> = lines.map(|line| line.strip_prefix("    ").unwrap_or(line)).collect();
    // Its file is not to be left behind here.
    lines.join("\n").trim().replace("folder.join(\"denylist.redb\")", "\"denylist.redb\"")
}

#[test]
fn the_programs_of_the_readme_are_those_that_run_here() {
    let readme = include_str!("../../README.md");
    let blocks = readme.split("```rust\n").skip(1).filter_map(|rest| rest.split_once("\n```")).map(|(block, _)| block);
    let here = [written_here("// The first.", "// The second."), written_here("// The second.", "// The end.")];
    assert_eq!(blocks.collect::<Vec<_>>(), here);
}

#[tokio::test]
async fn the_programs_of_the_readme_run() {
    let folder = tempfile::tempdir().unwrap();
    let app = programs(folder.path()).await.unwrap();
    let ask = async |method: &str, path: &str, cookie: &str| -> Response<Body> {
        let request = Request::builder().method(method).uri(path).header(header::COOKIE, cookie);
        app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    };
    let login = ask("POST", "/login", "").await;
    assert_eq!(login.status(), StatusCode::OK);
    let cookie = login.headers()[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap();
    assert_eq!(ask("GET", "/me", cookie).await.status(), StatusCode::OK);
    assert_eq!(ask("POST", "/logout", cookie).await.status(), StatusCode::OK);
    assert_eq!(ask("GET", "/me", cookie).await.status(), StatusCode::UNAUTHORIZED);
}

/// Figures of a page, by what was measured and beside what: hallpass's, and the other's, in nanoseconds or bytes.
fn measured(page: &str, what: &str, beside: &str) -> (f64, f64) {
    let row = |line: &str| {
        let cells: Vec<String> = line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
        (cells.first()? == what && cells.get(2)? == beside).then(|| (figure(&cells[1]), figure(&cells[3])))
    };
    page.lines().filter(|line| line.starts_with('|')).find_map(row).unwrap_or_else(|| panic!("{what}, {beside}"))
}

/// The first figure in a text.
fn figure(text: &str) -> f64 {
    let words: Vec<&str> = text.split([' ', '*', ';']).filter(|word| !word.is_empty()).collect();
    let (at, number) = words.iter().enumerate().find_map(|(at, word)| Some((at, word.parse::<f64>().ok()?))).unwrap();
    number * if words[at + 1] == "µs" { 1_000.0 } else { 1.0 }
}

/// What the README says of costs is what was measured last, rounded.
#[test]
fn the_figures_of_the_readme_are_those_of_the_benchmarks() {
    let (readme, page) = (include_str!("../../README.md"), include_str!("../../docs/BENCHMARKS.md"));
    let table = readme.split("## What it costs").nth(1).unwrap().split("\n## ").next().unwrap();
    let rows: Vec<Vec<&str>> = table
        .lines()
        .filter(|line| line.starts_with("| ") && line.contains(':'))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    let (warm, layer) = ("live tokens", "CPU: the layer, warm, v4.local");
    // Hallpass's, and then the others'.
    let beside = |page: &str, what: &str, others: &[&str]| -> Vec<f64> {
        let figures: Vec<(f64, f64)> = others.iter().map(|other| measured(page, what, other)).collect();
        iter::once(figures[0].0).chain(figures.into_iter().map(|(_, other)| other)).collect()
    };
    let of = |what: &str, others: &[&str]| beside(page, what, others);
    let with_aws_lc = page.split_once("With the feature `aws-lc`:").unwrap().1;
    let peers = ["the route alone", "tower-sessions, in memory", "tower-sessions, in Redis", "JWT and Redis EXISTS"];
    let expected = [
        of(&format!("warm, v4.local, 1,000 {warm} (1,000 in the cache)"), &["jsonwebtoken, HS256"]),
        of(&format!("warm, v4.local, 100,000 {warm} (100,000 in the cache)"), &["jsonwebtoken, HS256"]),
        of("v4.local, cold", &["pasetors, parse and decrypt", "jsonwebtoken, HS256"]),
        of("v4.public, cold", &["pasetors, parse and verify", "rusty_paseto", "biscuit-auth", "jsonwebtoken, EdDSA"]),
        beside(with_aws_lc, "v4.public, cold", &["aws-lc-rs, signature alone", "jsonwebtoken, EdDSA"]),
        of(layer, &peers),
        of("each of 1,000,000 ids", &["HashSet", "Redis, SET with an expiry"]),
    ];
    assert_eq!(rows.len(), expected.len(), "{rows:?}");
    for (row, expected) in rows.iter().zip(expected) {
        let others = row[2].split(';').map(|one| one.rsplit(':').next().unwrap());
        let said: Vec<f64> = iter::once(row[1]).chain(others).map(figure).collect();
        assert_eq!(said.len(), expected.len(), "{row:?}");
        for (said, expected) in said.iter().zip(&expected) {
            assert!((said / expected - 1.0).abs() < 0.08, "{row:?}: {expected}");
        }
    }
}
