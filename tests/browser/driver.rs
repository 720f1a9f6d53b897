//! The driver of browsers, and the commands of its that are Chromium's own.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use fantoccini::wd::WebDriverCompatibleCommand;
use serde_json::Value;
use tokio::runtime::Runtime;
use url::{ParseError, Url};

pub(crate) struct Driver {
    process: Child,
    port: u16,
    pub(crate) runtime: Runtime,
}

impl Driver {
    pub(crate) fn start() -> Self {
        let mut process = Command::new("chromedriver")
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("chromedriver does not start: {error}; tests/browser/run installs it"));
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = lines.find_map(|line| {
            line.unwrap()
                .strip_prefix("ChromeDriver was started successfully on port ")?
                .trim_end_matches('.')
                .parse()
                .ok()
        });
        // It would stand still if nobody read on.
        thread::spawn(move || lines.for_each(drop));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        Self { process, port: port.expect("chromedriver tells its port"), runtime }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Asked to end, it ends its browsers as well.
        if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) {
            let _ = stream.write_all(b"GET /shutdown HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n");
            for _ in 0..100 {
                if self.process.try_wait().unwrap().is_some() {
                    return;
                }
                thread::sleep(Duration::from_millis(50));
            }
        }
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// A command beside those of the standard.
#[derive(Debug)]
pub(crate) struct Own {
    path: &'static str,
    body: Value,
}

impl Own {
    /// What was written to the console so far.
    pub(crate) fn log() -> Self {
        Self { path: "se/log", body: serde_json::json!({ "type": "browser" }) }
    }

    /// A command of the Chrome DevTools Protocol.
    pub(crate) fn devtools(name: &str, parameters: &Value) -> Self {
        Self { path: "goog/cdp/execute", body: serde_json::json!({ "cmd": name, "params": parameters }) }
    }
}

impl WebDriverCompatibleCommand for Own {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.to_string()))
    }
}
