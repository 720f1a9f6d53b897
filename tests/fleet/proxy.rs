//! A wire to a server that can be broken in several ways.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What happens to bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Pass,
    /// Nothing arrives, and nobody is told.
    Blackhole,
    /// The client's next bytes arrive, so many; then both sides are closed.
    CutAsked(usize),
    /// The server's.
    CutAnswered(usize),
    /// The server's next bytes arrive, so many; then the client stands still, and neither reads nor says anything.
    Still(usize),
    /// Each piece comes this much later, in milliseconds.
    Slow(u64),
    /// One byte at a time.
    Sliced,
    /// Closed without reading what has come, which resets the connection.
    Reset,
}

pub(crate) struct Proxy {
    pub(crate) port: u16,
    target: Arc<AtomicU16>,
    mode: Arc<Mutex<Mode>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum From {
    Client,
    Server,
}

impl Proxy {
    pub(crate) fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("binds");
        let own = listener.local_addr().expect("has a port").port();
        let mode = Arc::new(Mutex::new(Mode::Pass));
        let target = Arc::new(AtomicU16::new(port));
        let (shared, to) = (Arc::clone(&mode), Arc::clone(&target));
        // Ends with the process.
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(("127.0.0.1", to.load(Ordering::Relaxed))) else { continue };
                let (client, server) = (Arc::new(client), Arc::new(server));
                for (from, to, side) in [(&client, &server, From::Client), (&server, &client, From::Server)] {
                    let (from, to, mode) = (Arc::clone(from), Arc::clone(to), Arc::clone(&shared));
                    thread::spawn(move || carry(&from, &to, side, &mode));
                }
            }
        });
        Self { port: own, target, mode }
    }

    /// From now on, new connections go there.
    pub(crate) fn lead_to(&self, port: u16) {
        self.target.store(port, Ordering::Relaxed);
    }

    pub(crate) fn set(&self, mode: Mode) {
        *self.mode.lock().unwrap() = mode;
        // Until nobody reads under the old one.
        thread::sleep(Duration::from_millis(20));
    }
}

fn carry(from: &TcpStream, to: &TcpStream, side: From, mode: &Mutex<Mode>) {
    let _ = (from.set_read_timeout(Some(Duration::from_millis(5))), to.set_nodelay(true));
    let mut bytes = [0; 4096];
    loop {
        let now = *mode.lock().unwrap();
        match now {
            Mode::Reset => return,
            Mode::Still(0) => {
                thread::sleep(Duration::from_millis(5));
                continue;
            }
            _ => {}
        }
        let read = match { from }.read(&mut bytes) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => continue,
            Err(_) => break,
        };
        if !pass(&bytes[..read], to, side, mode) {
            let _ = from.shutdown(Shutdown::Both);
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}

/// Whether there is more to come.
fn pass(bytes: &[u8], mut to: &TcpStream, side: From, mode: &Mutex<Mode>) -> bool {
    let now = *mode.lock().unwrap();
    match (now, side) {
        (Mode::Blackhole, _) => true,
        (Mode::CutAsked(left), From::Client) | (Mode::CutAnswered(left), From::Server) => {
            let rest = left.saturating_sub(bytes.len());
            *mode.lock().unwrap() = if side == From::Client { Mode::CutAsked(rest) } else { Mode::CutAnswered(rest) };
            to.write_all(&bytes[..left.min(bytes.len())]).is_ok() && rest > 0
        }
        (Mode::Still(left), From::Server) => {
            *mode.lock().unwrap() = Mode::Still(left.saturating_sub(bytes.len()));
            to.write_all(bytes).is_ok()
        }
        (Mode::Slow(delay), _) => {
            thread::sleep(Duration::from_millis(delay));
            to.write_all(bytes).is_ok()
        }
        (Mode::Sliced, _) => bytes.iter().all(|byte| {
            thread::sleep(Duration::from_micros(50));
            to.write_all(&[*byte]).is_ok()
        }),
        _ => to.write_all(bytes).is_ok(),
    }
}
