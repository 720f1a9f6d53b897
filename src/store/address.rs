//! What the URLs of all engines have in common.

#[cfg(feature = "postgres")]
use std::net::IpAddr;

/// Whether nothing that is sent to this host leaves this machine.
#[cfg(feature = "postgres")]
pub(super) fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

/// Text without its percent signs.
pub(super) fn decoded(text: &str) -> Option<String> {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((first, more)) = rest.split_first() {
        let hex = || more.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        match (first, hex().and_then(|hex| u8::from_str_radix(hex, 16).ok())) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = more.get(2..).unwrap_or_default();
            }
            (byte, _) => {
                bytes.push(*byte);
                rest = more;
            }
        }
    }
    String::from_utf8(bytes).ok()
}
