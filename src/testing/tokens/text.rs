//! A token's text, changed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::choices::Choices;

const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// `v4.public.`, what was sealed, and the footer; the latter two in base64url.
struct Parts<'a> {
    header: &'a str,
    sealed: &'a str,
    footer: &'a str,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Self {
        let (rest, footer) = text.rsplit_once('.').unwrap_or((text, ""));
        let (header, sealed) = rest.rsplit_once('.').unwrap_or((rest, ""));
        Self { header, sealed, footer }
    }

    fn joined(&self) -> String {
        format!("{}.{}.{}", self.header, self.sealed, self.footer)
    }

    /// How many characters stand before the first one that has a bit of the signature or tag in it.
    fn before_tag(&self) -> usize {
        let tag = if self.header.ends_with("public") { 64 } else { 32 };
        let bytes = self.sealed.len().saturating_mul(3).checked_div(4).unwrap_or(0);
        bytes.saturating_sub(tag).saturating_mul(4).checked_div(3).unwrap_or(0)
    }
}

/// Its beginning: at least a character, and not all of it.
pub(super) fn truncated(text: &str, choices: &mut Choices) -> String {
    let kept = choices.place(text.len().saturating_sub(1)).saturating_add(1);
    text.chars().take(kept).collect()
}

pub(super) fn of_another_version(text: &str, choices: &mut Choices) -> String {
    let version = choices.one_of(vec!["v3", "v2", "v1", "v5", "V4"]).unwrap_or_default();
    text.replacen("v4", version, 1)
}

/// What other readers would take for the same token.
pub(super) fn spelled_anew(text: &str, choices: &mut Choices) -> String {
    let parts = Parts::of(text);
    let padded = format!("{}=", parts.sealed);
    let mut others = vec![
        format!("{text}."),
        format!("{text}="),
        format!("{text}.e30"),
        Parts { sealed: &padded, ..Parts::of(text) }.joined(),
    ];
    if let Some(footer) = with_stray_bits(parts.footer) {
        others.push(Parts { footer: &footer, ..Parts::of(text) }.joined());
    }
    if let Some(sealed) = with_stray_bits(parts.sealed) {
        others.push(Parts { sealed: &sealed, ..Parts::of(text) }.joined());
    }
    let standard = text.replace('-', "+").replace('_', "/");
    if standard != text {
        others.push(standard);
    }
    choices.one_of(others).unwrap_or_default()
}

/// With another last character for the same bytes, where there is one.
fn with_stray_bits(part: &str) -> Option<String> {
    if part.len().is_multiple_of(4) {
        return None;
    }
    let (place, last) = part.char_indices().next_back()?;
    let stray = ALPHABET.chars().skip_while(|other| *other != last).nth(1)?;
    Some(format!("{}{stray}", part.get(..place)?))
}

pub(super) fn with_payload_altered(text: &str, choices: &mut Choices) -> String {
    let parts = Parts::of(text);
    let sealed = altered(parts.sealed, choices.place(parts.before_tag()), choices);
    Parts { sealed: &sealed, ..parts }.joined()
}

pub(super) fn with_tag_altered(text: &str, choices: &mut Choices) -> String {
    let parts = Parts::of(text);
    let from = parts.before_tag().saturating_add(1);
    // The last character may have bits that count for nothing.
    let place = choices.place(parts.sealed.len().saturating_sub(1).saturating_sub(from));
    let sealed = altered(parts.sealed, place.saturating_add(from), choices);
    Parts { sealed: &sealed, ..parts }.joined()
}

pub(super) fn with_footer(text: &str, footer: &str) -> String {
    let footer = URL_SAFE_NO_PAD.encode(footer);
    Parts { footer: &footer, ..Parts::of(text) }.joined()
}

/// With another character in this place.
fn altered(part: &str, place: usize, choices: &mut Choices) -> String {
    let others = |one: char| ALPHABET.chars().filter(move |other| *other != one).collect();
    let character = part.chars().nth(place).and_then(|one| choices.one_of(others(one)));
    part.chars().enumerate().map(|(at, one)| character.filter(|_| at == place).unwrap_or(one)).collect()
}
