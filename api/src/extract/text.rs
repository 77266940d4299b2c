//! Text from outside.

use serde::{Deserialize, Deserializer, de};

/// Text without the NUL character, which no store keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Text(pub(crate) String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.contains('\0') {
            return Err(de::Error::custom("must not contain the character U+0000"));
        }
        Ok(Self(text))
    }
}

impl Text {
    /// The text of an optional field; nothing when absent.
    pub(crate) fn optional(text: Option<Self>) -> Option<String> {
        text.map(|Self(text)| text)
    }
}
