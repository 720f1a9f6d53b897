//! The guide's exporter for Prometheus, word for word: compiled, and asked.

use axum::body::{Body, to_bytes};
use axum::http::Request;
use tower::ServiceExt as _;

#[rustfmt::skip]
#[allow(unreachable_pub, reason = "a program has it so")]
mod program {
    // The program.
    use axum::{Router, extract::State, routing::get};
    use hallpass::Denylist;
    use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};

    async fn show(State((denylist, prometheus)): State<(Denylist, PrometheusHandle)>) -> String {
        denylist.set_gauges();
        prometheus.render()
    }

    /// Call it before anybody is let in: what was counted before that is nowhere.
    pub fn metrics(denylist: Denylist) -> Result<Router, BuildError> {
        let prometheus = PrometheusBuilder::new().install_recorder()?;
        Ok(Router::new().route("/metrics", get(show)).with_state((denylist, prometheus)))
    }
    // The end.
}

#[test]
fn the_exporter_of_the_guide_is_the_one_that_runs_here() {
    let written = include_str!("exporter.rs").lines();
    let written = written.skip_while(|line| line.trim() != "// The program.").skip(1);
    let written: Vec<&str> = written.take_while(|line| line.trim() != "// The end.").collect();
    let here: Vec<&str> = written.iter().map(|line| line.strip_prefix("    ").unwrap_or(line)).collect();
    let guide = include_str!("../../../docs/guides/axum.md");
    let (_, rest) = guide.split_once("`src/metrics.rs`, all of it:\n\n```rust,ignore\n").unwrap();
    assert_eq!(rest.split_once("\n```").unwrap().0, here.join("\n"));
}

#[tokio::test]
async fn the_exporter_of_the_guide_shows_counters_and_gauges() {
    let denylist = hallpass::Denylist::in_memory().unwrap();
    let app = program::metrics(denylist.clone()).unwrap();
    denylist.revoke(hallpass::TokenId::from_bytes([7; 16])).await.unwrap();
    let response = app.oneshot(Request::get("/metrics").body(Body::empty()).unwrap()).await.unwrap();
    let page = to_bytes(response.into_body(), 1_000_000).await.unwrap();
    let page = std::str::from_utf8(&page).unwrap();
    for shown in ["hallpass_revocations_total{kind=\"token\"} ", "hallpass_denylist_entries{kind=\"id\"} "] {
        assert!(page.contains(shown), "{page}");
    }
}
