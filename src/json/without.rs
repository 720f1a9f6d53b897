//! An object without some of its members.

use std::borrow::Cow;

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess};

use super::keys::KeySeed;

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
