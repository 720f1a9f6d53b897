//! Requests and responses, and HTTP/1.1 as far as these tests need it: written by hand, so that any byte can be sent.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

use crate::server::Server;

pub(crate) const NAME: &str = "__Host-session";
/// The attributes of the cookie, sorted.
const SET: [&str; 4] = ["HttpOnly", "Path=/", "SameSite=Lax", "Secure"];
const REMOVAL: [&str; 5] = ["HttpOnly", "Max-Age=0", "Path=/", "SameSite=Lax", "Secure"];
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
}

pub(crate) fn get(path: &str) -> Request {
    Request { method: "GET", path: path.to_owned(), headers: Vec::new(), body: Vec::new() }
}

pub(crate) fn post(path: &str) -> Request {
    Request { method: "POST", ..get(path) }
}

/// To a path that asks for a name and a password.
pub(crate) fn post_password(path: &str, user: &str) -> Request {
    let password = if user == "alice" { "wonderland" } else { "builder" };
    post(path).content(FORM, format!("user={user}&password={password}"))
}

impl Request {
    pub(crate) fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.to_owned(), value.as_ref().to_owned()));
        self
    }

    /// The session's cookie.
    pub(crate) fn cookie(self, token: &str) -> Self {
        self.header("cookie", format!("{NAME}={token}"))
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    pub(crate) fn content(self, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..self.header("content-type", kind) }
    }
}

#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// What becomes of the session's cookie.
#[derive(Debug, PartialEq)]
pub(crate) enum Cookie {
    Kept,
    Set(String),
    Removed,
}

impl Response {
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(known, _)| known == name).map(|(_, value)| &**value).collect()
    }

    /// A header that is there once at most.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let values = self.all(name);
        assert!(values.len() < 2, "{name}: {values:?}");
        values.first().copied()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Every response's cookie is looked at here: one at most, and in one of two forms.
    pub(crate) fn cookie(&self) -> Cookie {
        let Some(cookie) = self.header("set-cookie") else { return Cookie::Kept };
        assert_eq!(self.header("cache-control"), Some("no-store"), "{self:?}");
        let (value, attributes) = cookie.split_once("; ").unwrap();
        let value = value.strip_prefix(NAME).and_then(|value| value.strip_prefix('=')).unwrap();
        let mut attributes: Vec<_> = attributes.split("; ").collect();
        attributes.sort_unstable();
        if value.is_empty() {
            assert_eq!(attributes, REMOVAL);
            return Cookie::Removed;
        }
        assert_eq!(attributes, SET);
        assert!(value.starts_with("v4.local.") && NAME.len() + value.len() <= 4096, "{value}");
        Cookie::Set(value.to_owned())
    }

    /// The token in the cookie that it sets.
    pub(crate) fn token(&self) -> String {
        match self.cookie() {
            Cookie::Set(token) => token,
            other => panic!("{other:?}: {self:?}"),
        }
    }
}

pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
    host: String,
}

impl Connection {
    pub(crate) fn to(server: &Server) -> Self {
        let stream = TcpStream::connect(server.address()).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        Self { stream: BufReader::new(stream), host: server.address().to_string() }
    }

    pub(crate) fn ask(&mut self, request: &Request) -> Response {
        self.send(request);
        let (status, headers) = self.read_head();
        let mut response = Response { status, headers, body: String::new() };
        let length = response.header("content-length").map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).unwrap();
        response.body = String::from_utf8(body).unwrap();
        response
    }

    pub(crate) fn send(&mut self, request: &Request) {
        let Request { method, path, headers, body } = request;
        let mut bytes = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\n", self.host).into_bytes();
        for (name, value) in headers {
            bytes.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
        }
        bytes.extend(format!("content-length: {}\r\n\r\n", body.len()).as_bytes());
        bytes.extend(body);
        self.stream.get_mut().write_all(&bytes).unwrap();
    }

    pub(crate) fn read_head(&mut self) -> (u16, Vec<(String, String)>) {
        let first = self.read_line();
        let status = first.split(' ').nth(1).and_then(|status| status.parse().ok());
        let mut headers = Vec::new();
        loop {
            let line = self.read_line();
            let Some((name, value)) = line.split_once(": ") else { break };
            headers.push((name.to_ascii_lowercase(), value.to_owned()));
        }
        (status.unwrap_or_else(|| panic!("{first:?}")), headers)
    }

    /// Without its end; empty at the end of the stream.
    pub(crate) fn read_line(&mut self) -> String {
        let mut line = String::new();
        self.stream.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }
}

/// What a test mostly does: one request on a connection of its own.
impl Server {
    pub(crate) fn ask(&self, request: &Request) -> Response {
        let response = Connection::to(self).ask(request);
        response.cookie();
        response
    }

    /// The token in the cookie of a new session.
    pub(crate) fn login(&self, user: &str) -> String {
        let response = self.ask(&post_password("/login", user));
        assert_eq!((response.status, &*response.body), (204, ""), "{response:?}");
        response.token()
    }

    /// A bearer token.
    pub(crate) fn login_bearer(&self, user: &str) -> String {
        let response = self.ask(&post_password("/token", user));
        assert_eq!((response.status, response.cookie()), (200, Cookie::Kept), "{response:?}");
        response.json()["access_token"].as_str().unwrap().to_owned()
    }

    pub(crate) fn me(&self, token: &str) -> Response {
        self.ask(&get("/me").cookie(token))
    }

    /// Whether it still opens anything.
    pub(crate) fn lives(&self, token: &str) -> bool {
        let response = self.me(token);
        assert!([200, 401].contains(&response.status), "{response:?}");
        response.status == 200
    }

    /// What the server says of a living session.
    pub(crate) fn claims(&self, token: &str) -> Value {
        let response = self.me(token);
        assert_eq!(response.status, 200, "{response:?}");
        response.json()
    }
}
