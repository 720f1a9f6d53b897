//! Strict JSON objects: unique keys at every depth, bounded depth, a bounded number of keys.
//!
//! JSON leaves duplicate keys to the reader (RFC 8259, section 4), and readers differ; a claim that
//! two of them read differently is a way past one of them. The parser is serde_json's; what is strict
//! is the visitor on top, which sees keys after unescaping, so that `"exp"` and `"\u0065xp"` are one.

mod keys;
mod without;

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use keys::{KeySeed, Seen};
pub(crate) use without::Without;

/// What an object may hold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct JsonLimits {
    /// How deep objects and arrays may nest; the object itself is at depth 1.
    pub(crate) depth: usize,
    /// How many keys all objects may have together.
    pub(crate) keys: usize,
}

/// A text that is not a strict JSON object. It never quotes the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JsonError {
    /// Not JSON, or a number beyond what JSON readers agree on.
    #[error("not JSON: line {line}, column {column}")]
    Syntax {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
    },
    /// JSON, but not an object.
    #[error("not a JSON object")]
    NotAnObject,
    /// A key stands twice in one object, perhaps spelled with escapes.
    #[error("a key stands twice in one object")]
    DuplicateKey,
    /// Objects and arrays nest too deep.
    #[error("nested deeper than {limit}")]
    TooDeep {
        /// The depth that is allowed.
        limit: usize,
    },
    /// Too many keys in all objects together.
    #[error("more than {limit} keys")]
    TooManyKeys {
        /// The number that is allowed.
        limit: usize,
    },
}

/// A member's value as far as claims need it: texts and counts are kept, the rest is checked and
/// dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Member<'de> {
    Text(Cow<'de, str>),
    Count(u64),
    Other,
}

/// Reads a strict JSON object, and hands its members to `keep`, in their order. Nothing that it was handed counts unless
/// this succeeds.
pub(crate) fn read_object<'de>(
    text: &'de str,
    limits: JsonLimits,
    keep: impl FnMut(Cow<'de, str>, Member<'de>),
) -> Result<(), JsonError> {
    let mut walk = Walk { limits, keys: 0, fault: None };
    let mut parser = serde_json::Deserializer::from_str(text);
    let read = TopLevel { walk: &mut walk, keep }.deserialize(&mut parser).and_then(|()| parser.end());
    // The visitor's own verdict first: serde can carry it only as text.
    read.map_err(|error| walk.fault.unwrap_or(JsonError::Syntax { line: error.line(), column: error.column() }))
}

struct Walk {
    limits: JsonLimits,
    keys: usize,
    fault: Option<JsonError>,
}

impl Walk {
    fn refuse<E: serde::de::Error>(&mut self, fault: JsonError) -> E {
        self.fault = Some(fault);
        E::custom("not strict")
    }

    /// Visits an object's members in order, handing each to `keep` after its key was found unique.
    fn members<'de, A: MapAccess<'de>>(
        &mut self,
        map: &mut A,
        depth: usize,
        mut keep: impl FnMut(Cow<'de, str>, Member<'de>),
    ) -> Result<(), A::Error> {
        let mut seen = Seen::new();
        while let Some(key) = map.next_key_seed(KeySeed)? {
            self.keys = self.keys.saturating_add(1);
            if self.keys > self.limits.keys {
                return Err(self.refuse(JsonError::TooManyKeys { limit: self.limits.keys }));
            }
            if !seen.insert(key.clone()) {
                return Err(self.refuse(JsonError::DuplicateKey));
            }
            let value = map.next_value_seed(Value { walk: self, depth: depth.saturating_add(1) })?;
            keep(key, value);
        }
        Ok(())
    }

    fn enter<E: serde::de::Error>(&mut self, depth: usize) -> Result<(), E> {
        if depth > self.limits.depth {
            return Err(self.refuse(JsonError::TooDeep { limit: self.limits.depth }));
        }
        Ok(())
    }
}

struct TopLevel<'a, K> {
    walk: &'a mut Walk,
    keep: K,
}

impl<'de, K: FnMut(Cow<'de, str>, Member<'de>)> DeserializeSeed<'de> for TopLevel<'_, K> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, parser: D) -> Result<(), D::Error> {
        parser.deserialize_any(self)
    }
}

impl<'de, K: FnMut(Cow<'de, str>, Member<'de>)> Visitor<'de> for TopLevel<'_, K> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        self.walk.enter(1)?;
        self.walk.members(&mut map, 1, self.keep)
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        Err(self.walk.refuse(JsonError::NotAnObject))
    }

    fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<(), E> {
        Err(self.walk.refuse(JsonError::NotAnObject))
    }

    fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<(), E> {
        Err(self.walk.refuse(JsonError::NotAnObject))
    }

    fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<(), E> {
        Err(self.walk.refuse(JsonError::NotAnObject))
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<(), E> {
        Err(self.walk.refuse(JsonError::NotAnObject))
    }

    fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<(), E> {
        Err(self.walk.refuse(JsonError::NotAnObject))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Err(self.walk.refuse(JsonError::NotAnObject))
    }
}

struct Value<'a> {
    walk: &'a mut Walk,
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = Member<'de>;

    fn deserialize<D: Deserializer<'de>>(self, parser: D) -> Result<Member<'de>, D::Error> {
        parser.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = Member<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E>(self) -> Result<Member<'de>, E> {
        Ok(Member::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Member<'de>, E> {
        Ok(Member::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Member<'de>, E> {
        Ok(Member::Other)
    }

    fn visit_u64<E>(self, count: u64) -> Result<Member<'de>, E> {
        Ok(Member::Count(count))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Member<'de>, E> {
        Ok(Member::Other)
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Member<'de>, E> {
        Ok(Member::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Member<'de>, E> {
        Ok(Member::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Member<'de>, A::Error> {
        self.walk.enter(self.depth)?;
        let depth = self.depth.saturating_add(1);
        while items.next_element_seed(Value { walk: self.walk, depth })?.is_some() {}
        Ok(Member::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Member<'de>, A::Error> {
        self.walk.enter(self.depth)?;
        self.walk.members(&mut map, self.depth, |_, _| ())?;
        Ok(Member::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: JsonLimits = JsonLimits { depth: 3, keys: 5 };

    fn read(text: &str, limits: JsonLimits) -> Result<Vec<(Cow<'_, str>, Member<'_>)>, JsonError> {
        let mut members = Vec::new();
        read_object(text, limits, |key, value| members.push((key, value)))?;
        Ok(members)
    }

    fn fault(text: &str) -> JsonError {
        read(text, LIMITS).unwrap_err()
    }

    #[test]
    fn duplicates_are_seen_at_every_depth_and_behind_escapes() {
        for text in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"{"x":{"a":1,"a":2}}"#,
            r#"{"x":[{"\u0061":1,"a":2}]}"#,
            r#"{"":1,"":2}"#,
        ] {
            assert_eq!(fault(text), JsonError::DuplicateKey, "{text}");
        }
        assert!(read(r#"{"a":{"a":{"a":1}}}"#, LIMITS).is_ok());
    }

    #[test]
    fn a_duplicate_is_seen_among_many_keys_wherever_it_stands() {
        let limits = JsonLimits { depth: 1, keys: 100 };
        let object = |keys: &[usize]| {
            let members: Vec<String> = keys.iter().map(|key| format!("\"{key}\":0")).collect();
            format!("{{{}}}", members.join(","))
        };
        let keys: Vec<usize> = (0..100).collect();
        assert_eq!(read(&object(&keys), limits).unwrap().len(), 100);
        for again in [0, 15, 16, 17, 98] {
            for at in again + 1..100 {
                let mut keys = keys.clone();
                keys[at] = again;
                assert_eq!(read(&object(&keys), limits), Err(JsonError::DuplicateKey), "{again} at {at}");
            }
        }
    }

    #[test]
    fn depth_and_number_of_keys_are_bounded() {
        assert!(read(r#"{"a":[[1]]}"#, LIMITS).is_ok());
        assert_eq!(fault(r#"{"a":[[[1]]]}"#), JsonError::TooDeep { limit: 3 });
        assert_eq!(
            fault(&format!("{{\"a\":{}{}}}", "[".repeat(5000), "]".repeat(5000))),
            JsonError::TooDeep { limit: 3 }
        );
        assert!(read(r#"{"a":{"b":1,"c":1},"d":1,"e":1}"#, LIMITS).is_ok());
        assert_eq!(fault(r#"{"a":{"b":1,"c":1},"d":1,"e":{"f":1}}"#), JsonError::TooManyKeys { limit: 5 });
    }

    #[test]
    fn only_an_object_will_do() {
        for text in ["null", "true", "1", "-1", "1.5", "\"a\"", "[]", "[{}]"] {
            assert_eq!(fault(text), JsonError::NotAnObject, "{text}");
        }
        for text in [
            "",
            "{",
            "{}x",
            "{} {}",
            "{\"a\":1,}",
            "{a:1}",
            "{'a':1}",
            "{\"a\":01}",
            "{\"a\":1e999}",
            "{\"a\":\"\\ud800\"}",
            "{\"a\":NaN}",
            "\u{feff}{}",
            "{\"a\":\"\n\"}",
        ] {
            assert!(matches!(fault(text), JsonError::Syntax { .. }), "{text}");
        }
    }

    #[test]
    fn members_keep_their_order_and_type() {
        let members = read(r#" {"b":"x","a":7,"c":-1} "#, LIMITS).unwrap();
        let expected: Vec<(Cow<'_, str>, Member<'_>)> =
            vec![("b".into(), Member::Text("x".into())), ("a".into(), Member::Count(7)), ("c".into(), Member::Other)];
        assert_eq!(members, expected);
    }
}
