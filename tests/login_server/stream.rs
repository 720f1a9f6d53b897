//! Being told of a session's end at once.

use std::thread;
use std::time::{Duration, Instant};

use crate::http::{Connection, Cookie, get, post, post_password};
use crate::server::Server;

/// The stream of a session's end, from its beginning.
fn listen(server: &Server, token: &str) -> Connection {
    let mut stream = Connection::to(server);
    stream.send(&get("/events").cookie(token));
    let (status, headers) = stream.read_head();
    assert_eq!(status, 200);
    assert!(headers.contains(&("content-type".to_owned(), "text/event-stream".to_owned())), "{headers:?}");
    stream
}

/// What the next event says.
fn told(stream: &mut Connection) -> String {
    let mut lines = std::iter::repeat_with(|| stream.read_line());
    let event = lines.find(|line| line.starts_with("event:")).unwrap();
    format!("{event}, {}", lines.next().unwrap())
}

#[test]
fn whoever_listens_hears_of_the_end_within_a_second_whichever_way_it_came() {
    let server = Server::start(&[]);
    for (path, by_another) in [
        ("/logout", false),
        ("/login", false),
        ("/replay", false),
        ("/password", false),
        ("/password", true),
        ("/logout/others", true),
        ("/logout/everywhere", false),
        ("/logout/everywhere", true),
    ] {
        let (listening, other, bob) = (server.login("alice"), server.login("alice"), server.login("bob"));
        let mut stream = listen(&server, &listening);
        let mut bobs = listen(&server, &bob);
        let begin = Instant::now();
        let request = if path == "/login" { post_password(path, "alice") } else { post(path) };
        let response = server.ask(&request.cookie(if by_another { &other } else { &listening }));
        assert!(response.status < 300, "{path}: {response:?}");
        assert_eq!(told(&mut stream), "event: ended, data: revoked", "{path}");
        assert!(begin.elapsed() < Duration::from_secs(1), "{path}: {:?}", begin.elapsed());

        // Bob has heard of nothing so far: what he hears first is his own end, another minute's.
        assert!(server.lives(&bob));
        server.ask(&post("/logout").cookie(&bob));
        assert_eq!(told(&mut bobs), "event: ended, data: revoked", "{path}");
    }
}

#[test]
fn an_end_by_time_is_told_as_well_and_a_renewal_puts_it_off() {
    let server = Server::start(&["--lifetime", "2s", "--leeway", "0s"]);
    let (idle, busy) = (server.login("alice"), server.login("alice"));
    let begin = Instant::now();
    let (mut idles, mut busys) = (listen(&server, &idle), listen(&server, &busy));
    thread::sleep(Duration::from_millis(1200));
    assert!(server.lives(&server.me(&busy).token()));
    assert_eq!(told(&mut idles), "event: ended, data: expired");
    let first = begin.elapsed();
    assert_eq!(told(&mut busys), "event: ended, data: expired");
    let second = begin.elapsed();
    assert!(first < Duration::from_millis(3000) && second > Duration::from_millis(3000), "{first:?}, {second:?}");
}

#[test]
fn nobody_listens_who_is_not_logged_in() {
    let server = Server::start(&["--grace", "0s"]);
    let dead = server.login("alice");
    server.ask(&post("/logout").cookie(&dead));
    let nobody = server.ask(&get("/events"));
    assert_eq!((nobody.status, nobody.cookie(), nobody.header("content-type")), (401, Cookie::Kept, None));
    let ended = server.ask(&get("/events").cookie(&dead));
    assert_eq!((ended.status, ended.cookie(), ended.header("content-type")), (401, Cookie::Removed, None));
}
