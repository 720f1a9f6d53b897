//! Private claims from the command line: `NAME=JSON`, passed on as they are written.

use std::collections::HashSet;
use std::str::FromStr;

use serde::{Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::failure::Failure;

/// One private claim. Its value stays text: read as numbers, 20 digits would come back rounded.
#[derive(Debug, Clone)]
pub(crate) struct Claim {
    name: String,
    value: Box<RawValue>,
}

/// An argument that is not a claim. The value is not quoted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClaimError {
    #[error("not NAME=JSON")]
    Form,
    #[error("the value of {name:?} is not JSON: {error} (a text needs quotes: 'NAME=\"text\"')")]
    Json { name: String, error: serde_json::Error },
}

impl FromStr for Claim {
    type Err = ClaimError;

    fn from_str(text: &str) -> Result<Self, ClaimError> {
        let (name, json) = text.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or(ClaimError::Form)?;
        let invalid = |error| ClaimError::Json { name: name.to_owned(), error };
        // `RawValue` looks at the grammar alone; this finds lone surrogates and 1e999 as well.
        serde_json::from_str::<Value>(json).map_err(invalid)?;
        Ok(Self { name: name.to_owned(), value: serde_json::from_str(json).map_err(invalid)? })
    }
}

/// The private claims of a token, in the order in which they were given.
#[derive(Debug)]
pub(crate) struct Claims(Vec<Claim>);

impl Claims {
    pub(crate) fn new(claims: Vec<Claim>) -> Result<Self, Failure> {
        let mut names = HashSet::new();
        if let Some(twice) = claims.iter().find(|claim| !names.insert(claim.name.as_str())) {
            return Err(Failure::ClaimTwice { name: twice.name.clone() });
        }
        Ok(Self(claims))
    }
}

impl Serialize for Claims {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|claim| (&claim.name, &claim.value)))
    }
}
