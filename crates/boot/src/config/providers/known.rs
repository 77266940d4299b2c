//! The providers whose keys have settings of their own.

use super::Dialect;

/// A provider whose keys have a setting of their own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    /// Its name.
    pub(super) name: &'static str,
    /// What it speaks.
    pub(super) dialect: Dialect,
    /// The setting of its keys.
    pub(super) keys: &'static str,
    /// The setting of its address.
    pub(super) base_url: &'static str,
    /// Answers when nobody names a model.
    pub(super) usual_model: &'static str,
}

/// All of them; the first with keys answers when a request names no model.
pub(super) const KNOWN: [Known; 3] = [
    Known {
        name: "openai",
        dialect: Dialect::OpenAi,
        keys: "OPENAI_API_KEYS",
        base_url: "OPENAI_BASE_URL",
        usual_model: "gpt-4o-mini",
    },
    Known {
        name: "gemini",
        dialect: Dialect::Gemini,
        keys: "GEMINI_API_KEYS",
        base_url: "GEMINI_BASE_URL",
        usual_model: "gemini-2.5-flash",
    },
    Known {
        name: "anthropic",
        dialect: Dialect::Anthropic,
        keys: "ANTHROPIC_API_KEYS",
        base_url: "ANTHROPIC_BASE_URL",
        usual_model: "claude-haiku-4-5",
    },
];

impl Known {
    /// The one called `name`.
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        KNOWN.iter().find(|known| known.name == name)
    }
}
