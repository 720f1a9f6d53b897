//! The key cases over HTTP/2, where a cookie may come in pieces and there is no `Host`.

use std::time::Duration;
use std::{iter, thread};

use axum::body::Bytes;
use axum::http;
use tokio::net::TcpStream;
use tokio::runtime::Runtime;

use crate::http::{Cookie, NAME, Request, Response, get, post, post_password};
use crate::server::Server;

/// One connection, whose requests may run at once.
struct Connection {
    runtime: Runtime,
    client: h2::client::SendRequest<Bytes>,
    authority: String,
}

impl Connection {
    fn to(server: &Server) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let client = runtime.block_on(async {
            let stream = TcpStream::connect(server.address()).await.unwrap();
            let (client, connection) = h2::client::handshake(stream).await.unwrap();
            tokio::spawn(connection);
            client
        });
        Self { runtime, client, authority: server.address().to_string() }
    }

    fn ask(&self, request: &Request) -> Response {
        self.begin(request).end()
    }

    /// Until the head of the response is there.
    fn begin(&self, request: &Request) -> Answer<'_> {
        let Request { method, path, headers, body } = request.clone();
        let uri = format!("http://{}{path}", self.authority);
        let mut request = http::Request::builder().method(method).uri(uri).version(http::Version::HTTP_2);
        for (name, value) in &headers {
            request = request.header(name, &value[..]);
        }
        let mut client = self.client.clone();
        let response = async {
            let (response, mut sending) = client.send_request(request.body(()).unwrap(), body.is_empty()).unwrap();
            if !body.is_empty() {
                sending.send_data(body.into(), true).unwrap();
            }
            response.await.unwrap()
        };
        let (head, receiving) = in_time(&self.runtime, response).into_parts();
        let headers = head.headers.iter();
        let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
        let response = Response { status: head.status.as_u16(), headers, body: String::new() };
        Answer { runtime: &self.runtime, response, receiving }
    }

    fn login(&self, user: &str) -> String {
        let response = self.ask(&post_password("/login", user));
        assert_eq!((response.status, &*response.body), (204, ""), "{response:?}");
        response.token()
    }

    fn lives(&self, token: &str) -> bool {
        self.ask(&get("/me").cookie(token)).status == 200
    }
}

/// A response whose body is still to come.
struct Answer<'a> {
    runtime: &'a Runtime,
    response: Response,
    receiving: h2::RecvStream,
}

impl Answer<'_> {
    fn end(mut self) -> Response {
        let body = async {
            let mut body = Vec::new();
            while let Some(bytes) = self.receiving.data().await {
                body.extend(bytes.unwrap());
            }
            body
        };
        self.response.body = String::from_utf8(in_time(self.runtime, body)).unwrap();
        self.response
    }
}

fn in_time<T>(runtime: &Runtime, what: impl Future<Output = T>) -> T {
    runtime.block_on(async { tokio::time::timeout(Duration::from_secs(10), what).await.expect("an answer in time") })
}

#[test]
fn a_copy_of_the_cookie_opens_nothing_after_logout_in_whichever_version_it_comes() {
    let server = Server::start(&[]);
    let connection = Connection::to(&server);
    let (token, living) = (connection.login("alice"), connection.login("alice"));
    assert!(connection.lives(&token) && server.lives(&token));
    let logout = connection.ask(&post("/logout").cookie(&token));
    assert_eq!((logout.status, logout.cookie()), (204, Cookie::Removed));
    assert!(!connection.lives(&token) && !server.lives(&token));
    assert!(connection.lives(&living) && server.lives(&living));
}

#[test]
fn a_cookie_header_in_pieces_is_one_and_ours_twice_is_a_bad_request() {
    let server = Server::start(&[]);
    let connection = Connection::to(&server);
    let token = connection.login("alice");
    let ours = format!("{NAME}={token}");
    let cases = [
        (vec![&*ours], 200),
        (vec!["a=b", &ours, "c=d"], 200),
        (vec!["a=\u{e4}\u{1f36a}", "\"", &ours], 200),
        (vec!["a=b", "c=d"], 401),
        (vec![&ours, &ours], 400),
        (vec![&ours, "a=b", "__Host-session=junk"], 400),
        (vec!["a=b; __Host-session=", &ours], 400),
    ];
    for (headers, status) in cases {
        let request = headers.iter().fold(get("/me"), |request, value| request.header("cookie", value));
        let response = connection.ask(&request);
        assert_eq!((response.status, response.cookie()), (status, Cookie::Kept), "{headers:?}");
    }
    for junk in ["", "junk", &format!("\"{token}\""), &"x".repeat(9 * 1024)] {
        let response = connection.ask(&get("/me").cookie(junk));
        assert_eq!((response.status, response.cookie()), (401, Cookie::Removed), "{junk}");
    }
}

#[test]
fn bearer_tokens_and_their_refusals_are_the_same() {
    let server = Server::start(&[]);
    let connection = Connection::to(&server);
    let cookie = connection.login("alice");
    let token = connection.ask(&post_password("/token", "alice")).json()["access_token"].as_str().unwrap().to_owned();
    let cases = [
        (get("/me").bearer(&token), 200, None),
        (get("/me").header("authorization", "Basic YTpi").cookie(&cookie), 200, None),
        (get("/me"), 401, Some("Bearer")),
        (get("/me").bearer("junk"), 401, Some("Bearer error=\"invalid_token\"")),
        (get("/me").bearer(&token).cookie(&cookie), 400, Some("Bearer error=\"invalid_request\"")),
        (post("/renew").bearer(&token), 200, None),
        (post("/renew").cookie(&cookie), 401, Some("Bearer")),
    ];
    for (request, status, challenge) in cases {
        let response = connection.ask(&request);
        assert_eq!((response.status, response.header("www-authenticate")), (status, challenge), "{}", request.path);
        assert_eq!(response.cookie(), Cookie::Kept);
    }
}

#[test]
fn other_sites_and_other_methods_change_nothing() {
    let server = Server::start(&[]);
    let connection = Connection::to(&server);
    let token = connection.login("alice");
    let own = format!("http://{}", server.address());
    for path in ["/logout", "/logout/everywhere", "/password", "/replay"] {
        let post = post(path).cookie(&token);
        let foreign =
            [post.clone().header("sec-fetch-site", "cross-site"), post.header("origin", "http://evil.example")];
        for request in foreign {
            assert_eq!(connection.ask(&request).status, 403, "{path}");
        }
        assert_eq!(connection.ask(&get(path).cookie(&token)).status, 405, "{path}");
    }
    assert!(connection.lives(&token));
    // Without a `Host`, the page's own is known by the authority.
    assert_eq!(connection.ask(&post("/logout").cookie(&token).header("origin", own)).status, 204);
    assert!(!connection.lives(&token));
}

#[test]
fn many_requests_at_once_on_one_connection_are_all_answered_and_the_stream_among_them_tells_of_the_end() {
    let server = Server::start(&[]);
    let connection = Connection::to(&server);
    let token = connection.login("alice");
    let stream = connection.begin(&get("/events").cookie(&token));
    thread::scope(|scope| {
        let requests: Vec<_> = iter::repeat_with(|| scope.spawn(|| connection.lives(&token))).take(16).collect();
        assert!(requests.into_iter().all(|request| request.join().unwrap()));
    });
    assert_eq!(connection.ask(&post("/logout/everywhere").cookie(&token)).status, 204);
    let told = stream.end();
    assert_eq!((told.status, &*told.body), (200, "event: ended\ndata: revoked\n\n"));
}
