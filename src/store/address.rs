//! What the URLs of all engines have in common.

use std::net::IpAddr;

/// Whether nothing that is sent to this host leaves this machine.
pub(super) fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

/// Text without its percent signs.
pub(super) fn decoded(text: &str) -> Option<String> {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((first, more)) = rest.split_first() {
        let escaped = more.split_first_chunk().and_then(|(two, after)| Some((byte_of(*two)?, after)));
        let (byte, after) = escaped.filter(|_| *first == b'%').unwrap_or((*first, more));
        bytes.push(byte);
        rest = after;
    }
    String::from_utf8(bytes).ok()
}

/// Of two hexadecimal digits.
fn byte_of([high, low]: [u8; 2]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)?.checked_mul(16)?.checked_add(digit(low)?)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_hexadecimal_digits_are_decoded_and_nothing_else() {
        for (text, meant) in [("%41%5a%5A", "AZZ"), ("%+f%-1", "%+f%-1"), ("% 1%4", "% 1%4"), ("%g0%%41", "%g0%A")] {
            assert_eq!(decoded(text).as_deref(), Some(meant));
        }
        assert_eq!(decoded("%ff"), None);
    }
}
