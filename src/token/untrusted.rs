//! pasetors' token that is decoded and not authentic, made from what was decoded here.
//!
//! pasetors decodes in constant time, though a token's text is no secret: that takes as long as half of what decrypting
//! it does. What it offers besides is serde.

use serde::de::DeserializeOwned;
use serde::de::value::{Error, MapDeserializer, SeqDeserializer};

/// An [`UntrustedToken`](pasetors::token::UntrustedToken) of these parts. pasetors takes for granted that the message is
/// longer than a signature, or than a nonce and a tag: whoever calls this has looked.
pub(super) fn untrusted<T: DeserializeOwned>(message: &[u8], footer: &[u8]) -> Option<T> {
    let bytes = |part: &'static str, bytes| (part, SeqDeserializer::new(<[u8]>::iter(bytes).copied()));
    let parts = [bytes("message", message), bytes("footer", footer)];
    T::deserialize(MapDeserializer::<'_, _, Error>::new(parts.into_iter())).ok()
}
