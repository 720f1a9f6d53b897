//! The README's programs, word for word: compiled, and run one after the other, since the second goes on with what the
//! first has made.

use std::error::Error;
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
