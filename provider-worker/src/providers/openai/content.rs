//! What a piece of an answer holds.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{self, SeqAccess, Visitor},
};

/// What a piece of an answer holds: text, or a list of parts of which some are thoughts.
///
/// Read by hand, since serde keeps whatever may have two forms in a buffer of its own, for each token.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Content {
    /// What is shown.
    pub(super) text: String,
    /// The model thinks aloud, which is not.
    pub(super) thinks: bool,
}

#[derive(Deserialize)]
struct Part {
    #[serde(rename = "type")]
    kind: Option<String>,
    text: Option<String>,
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Content;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text or a list of parts")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Content, E> {
        self.visit_string(text.to_owned())
    }

    fn visit_string<E>(self, text: String) -> Result<Content, E> {
        Ok(Content { text, thinks: false })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Content, A::Error> {
        let mut content = Content::default();
        while let Some(part) = parts.next_element::<Part>()? {
            match part.kind.as_deref() {
                Some("thinking") => content.thinks = true,
                // A reference, say, which has no text.
                _ => content.text.push_str(&part.text.unwrap_or_default()),
            }
        }
        Ok(content)
    }
}
