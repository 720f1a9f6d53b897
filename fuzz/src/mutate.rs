//! Changes that get past the signature: a token is opened, changed inside, and sealed again.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::world::{keys, names, open, seal};

/// So many bytes more a part may become at once.
const ROOM: usize = 256;

/// The fuzzer's own change of some bytes: they, how many there are, and how many there may be; how many there are then.
pub type Bytes = fn(&mut [u8], usize, usize) -> usize;

/// Changes the first token among the bytes, or now and then just any of them; says how many bytes there are then.
///
/// A token that is encrypted has another nonce each time: what counts is the input that comes of it, which is kept.
pub fn mutate_token(data: &mut [u8], size: usize, most: usize, seed: u32, bytes: Bytes) -> usize {
    let changed = if seed % 8 < 2 { None } else { with_another_token(&data[..size], seed, bytes) };
    match changed.filter(|changed| changed.len() <= most) {
        Some(changed) => {
            data[..changed.len()].copy_from_slice(&changed);
            changed.len()
        }
        None => bytes(data, size, most),
    }
}

/// The same for headers, where a byte may stand for a token.
#[cfg(all(feature = "testing", feature = "tower"))]
pub fn mutate_headers(data: &mut [u8], size: usize, most: usize, seed: u32, bytes: Bytes) -> usize {
    let expanded = super::headers::expanded(&data[..size]);
    // Half of the inputs keep them short.
    if seed.is_multiple_of(2) || expanded.len() > most {
        return bytes(data, size, most);
    }
    data[..expanded.len()].copy_from_slice(&expanded);
    mutate_token(data, expanded.len(), most, seed / 2, bytes)
}

fn with_another_token(data: &[u8], seed: u32, bytes: Bytes) -> Option<Vec<u8>> {
    let begins = |at: &usize| [&b"v4.public."[..], b"v4.local."].iter().any(|head| data[*at..].starts_with(head));
    let begin = (0..data.len()).find(begins)?;
    let is_of_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    let end = begin + data[begin..].iter().take_while(|byte| is_of_token(byte)).count();
    let another = changed(std::str::from_utf8(&data[begin..end]).ok()?, seed, bytes)?;
    Some([&data[..begin], another.as_bytes(), &data[end..]].concat())
}

/// With another payload, another footer, or by another key; nothing if none of the keys opens it.
fn changed(token: &str, seed: u32, bytes: Bytes) -> Option<String> {
    let (paserk, payload) = keys::ALL.iter().find_map(|(paserk, _)| Some((*paserk, open(paserk, token)?)))?;
    let footer = URL_SAFE_NO_PAD.decode(token.split('.').nth(3)?).ok()?;
    let (other, other_id) = keys::ALL[(seed / 8) as usize % keys::ALL.len()];
    match seed % 8 {
        2 => seal(paserk, payload.as_bytes(), &changed_bytes(&footer, bytes)),
        3 => seal(other, payload.as_bytes(), &footer),
        4 => seal(other, payload.as_bytes(), names(other_id).as_bytes()),
        _ => seal(paserk, &changed_bytes(payload.as_bytes(), bytes), &footer),
    }
}

fn changed_bytes(part: &[u8], bytes: Bytes) -> Vec<u8> {
    let most = part.len() + ROOM;
    let mut changed = part.to_vec();
    changed.resize(most, 0);
    let len = bytes(&mut changed, part.len(), most);
    changed.truncate(len);
    changed
}
