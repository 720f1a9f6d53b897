//! Strict JSON objects: unique keys at every depth, bounded depth, a bounded number of keys.
//!
//! JSON leaves duplicate keys to the reader (RFC 8259, section 4), and readers differ; a claim that
//! two of them read differently is a way past one of them. The parser is serde_json's; what is strict
//! is the visitor on top, which sees keys after unescaping, so that `"exp"` and `"\u0065xp"` are one.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

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

/// The members of a strict JSON object, in their order.
pub(crate) fn read_object(text: &str, limits: JsonLimits) -> Result<Vec<(Cow<'_, str>, Member<'_>)>, JsonError> {
    let mut walk = Walk { limits, keys: 0, fault: None };
    let mut parser = serde_json::Deserializer::from_str(text);
    let read = TopLevel(&mut walk).deserialize(&mut parser).and_then(|members| parser.end().map(|()| members));
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
        let mut seen = HashSet::new();
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

struct TopLevel<'a>(&'a mut Walk);

impl<'de> DeserializeSeed<'de> for TopLevel<'_> {
    type Value = Vec<(Cow<'de, str>, Member<'de>)>;

    fn deserialize<D: Deserializer<'de>>(self, parser: D) -> Result<Self::Value, D::Error> {
        parser.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for TopLevel<'_> {
    type Value = Vec<(Cow<'de, str>, Member<'de>)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        self.0.enter(1)?;
        let mut members = Vec::with_capacity(12);
        self.0.members(&mut map, 1, |key, value| members.push((key, value)))?;
        Ok(members)
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
        Err(self.0.refuse(JsonError::NotAnObject))
    }

    fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<Self::Value, E> {
        Err(self.0.refuse(JsonError::NotAnObject))
    }

    fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<Self::Value, E> {
        Err(self.0.refuse(JsonError::NotAnObject))
    }

    fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<Self::Value, E> {
        Err(self.0.refuse(JsonError::NotAnObject))
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<Self::Value, E> {
        Err(self.0.refuse(JsonError::NotAnObject))
    }

    fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<Self::Value, E> {
        Err(self.0.refuse(JsonError::NotAnObject))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Self::Value, A::Error> {
        Err(self.0.refuse(JsonError::NotAnObject))
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

/// A key, borrowed from the text unless it was spelled with escapes.
pub(crate) struct KeySeed;

impl<'de> DeserializeSeed<'de> for KeySeed {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, parser: D) -> Result<Cow<'de, str>, D::Error> {
        parser.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for KeySeed {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(key))
    }

    fn visit_str<E>(self, key: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(key.to_owned()))
    }
}

/// An object's members without those whose keys `hidden` names.
pub(crate) struct Without<A, H> {
    pub(crate) map: A,
    pub(crate) hidden: H,
}

impl<'de, A: MapAccess<'de>, H: Fn(&str) -> bool> MapAccess<'de> for Without<A, H> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        while let Some(key) = self.map.next_key_seed(KeySeed)? {
            if (self.hidden)(&key) {
                self.map.next_value::<IgnoredAny>()?;
                continue;
            }
            let key = match key {
                Cow::Borrowed(key) => seed.deserialize(serde::de::value::BorrowedStrDeserializer::new(key)),
                Cow::Owned(key) => seed.deserialize(serde::de::value::StringDeserializer::new(key)),
            };
            return key.map(Some);
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: JsonLimits = JsonLimits { depth: 3, keys: 5 };

    fn fault(text: &str) -> JsonError {
        read_object(text, LIMITS).unwrap_err()
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
        assert!(read_object(r#"{"a":{"a":{"a":1}}}"#, LIMITS).is_ok());
    }

    #[test]
    fn depth_and_number_of_keys_are_bounded() {
        assert!(read_object(r#"{"a":[[1]]}"#, LIMITS).is_ok());
        assert_eq!(fault(r#"{"a":[[[1]]]}"#), JsonError::TooDeep { limit: 3 });
        assert_eq!(
            fault(&format!("{{\"a\":{}{}}}", "[".repeat(5000), "]".repeat(5000))),
            JsonError::TooDeep { limit: 3 }
        );
        assert!(read_object(r#"{"a":{"b":1,"c":1},"d":1,"e":1}"#, LIMITS).is_ok());
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
        let members = read_object(r#" {"b":"x","a":7,"c":-1} "#, LIMITS).unwrap();
        let expected: Vec<(Cow<'_, str>, Member<'_>)> =
            vec![("b".into(), Member::Text("x".into())), ("a".into(), Member::Count(7)), ("c".into(), Member::Other)];
        assert_eq!(members, expected);
    }
}
