//! pasetors' token that is decoded and not authentic, made from what was decoded here.
//!
//! pasetors decodes in constant time, though a token's text is no secret: that takes as long as half of what decrypting
//! it does. What it offers besides is serde. Should the names of its parts change, its own door is still there.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::de::value::{Error, MapDeserializer, SeqDeserializer};

/// An [`UntrustedToken`](pasetors::token::UntrustedToken) of these parts. pasetors takes for granted that the message is
/// longer than a signature, or than a nonce and a tag: whoever calls this has looked.
pub(super) fn untrusted<T>(header: &str, message: &[u8], footer: &[u8]) -> Option<T>
where
    T: DeserializeOwned + for<'a> TryFrom<&'a String>,
{
    of_parts(message, footer).or_else(|| {
        let text = format!("{header}{}.{}", URL_SAFE_NO_PAD.encode(message), URL_SAFE_NO_PAD.encode(footer));
        T::try_from(&text).ok()
    })
}

fn of_parts<T: DeserializeOwned>(message: &[u8], footer: &[u8]) -> Option<T> {
    let bytes = |part: &'static str, bytes| (part, SeqDeserializer::new(<[u8]>::iter(bytes).copied()));
    let parts = [bytes("message", message), bytes("footer", footer)];
    T::deserialize(MapDeserializer::<'_, _, Error>::new(parts.into_iter())).ok()
}

#[cfg(test)]
mod tests {
    use pasetors::token::{Local, Public, UntrustedToken};
    use pasetors::version4::V4;

    use super::*;

    #[test]
    fn both_doors_lead_to_the_same_token() {
        let (message, footer) = (&[7; 65], b"footer");
        let text =
            |header: &str| format!("{header}{}.{}", URL_SAFE_NO_PAD.encode(message), URL_SAFE_NO_PAD.encode(footer));
        let public: UntrustedToken<Public, V4> = of_parts(message, footer).unwrap();
        assert_eq!(public, UntrustedToken::try_from(&text("v4.public.")).unwrap());
        let local: UntrustedToken<Local, V4> = of_parts(message, footer).unwrap();
        assert_eq!(local, UntrustedToken::try_from(&text("v4.local.")).unwrap());
    }
}
