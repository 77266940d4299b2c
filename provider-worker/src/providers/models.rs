//! What is known of models by their names alone.

/// Whether `model` refuses `max_tokens`, since its hidden reasoning counts too.
pub(super) fn counts_reasoning(model: &str) -> bool {
    let model = base(model);
    let is_o_series =
        model.strip_prefix('o').is_some_and(|m| m.starts_with(|c: char| c.is_ascii_digit()));
    is_o_series || generation(model).is_some_and(|number| number >= 5 && number != AZURE_3_5)
}

/// The model of which `model` may be a tuned one, without the vendor before it that gateways want.
fn base(model: &str) -> &str {
    let model = untuned(model);
    untuned(model.rsplit('/').next().unwrap_or(model))
}

/// The model of which `model` may be a tuned one: `ft:<base>:<whose>:<name>:<id>`.
fn untuned(model: &str) -> &str {
    let base = model.strip_prefix("ft:").and_then(|rest| rest.split(':').next());
    base.unwrap_or(model)
}

/// What is left of 3.5 where names have no points.
const AZURE_3_5: u32 = 35;

/// The number in `gpt-<number>`.
fn generation(model: &str) -> Option<u32> {
    let rest = model.strip_prefix("gpt-")?;
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    rest[..digits].parse().ok()
}

/// Whether `model` thinks before it says anything, which many do in silence.
pub(crate) fn thinks(model: &str) -> bool {
    let name = base(model);
    let says_so = ["thinking", "reason"].iter().any(|word| name.contains(word));
    counts_reasoning(model)
        || is_late_claude(model)
        || is_late_gemini(name)
        || says_so && !name.contains("non-reason")
}

/// Whether `model` is a Gemini from 2.5 on; one without a version is the latest.
fn is_late_gemini(model: &str) -> bool {
    let Some(name) = model.strip_prefix("gemini-") else { return false };
    let mut parts = name.split(['-', '.']).map(|part| part.parse::<u32>().ok());
    let major = parts.next().flatten();
    let version = (major, parts.next().flatten().unwrap_or_default());
    match version {
        (None, _) => true,
        (Some(major), minor) => (major, minor) >= (2, 5),
    }
}

/// Whether `model` is asked with rules of their own. Others refuse them.
pub(super) fn takes_rules(model: &str) -> bool {
    !base(model).starts_with("gemma")
}

/// Whether `model` takes a temperature. Others refuse a request that names one, whatever it is.
pub(super) fn takes_temperature(model: &str) -> bool {
    let thinks = counts_reasoning(model) && !base(model).starts_with("gpt-5-chat");
    !thinks && !is_late_claude(model) && !model.contains("-search-preview")
}

/// Whether `model` is a Claude without a temperature: Opus from 4.7 on, and all others from 5 on. Earlier names
/// began with the version.
fn is_late_claude(model: &str) -> bool {
    let Some((_, name)) = model.split_once("claude-") else { return false };
    let mut parts = name.split(['-', '.', '@', ':']);
    let family = parts.next().filter(|family| family.parse::<u32>().is_err());
    // A date is no version.
    let mut number = || parts.next()?.parse().ok().filter(|number: &u32| *number < 100);
    let version = (number().unwrap_or_default(), number().unwrap_or_default());
    match family {
        Some("opus") => version >= (4, 7),
        Some(_) => version >= (5, 0),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_are_known_by_their_names() {
        for (model, counts, takes) in [
            ("gpt-4o", false, true),
            ("gpt-4.1-mini", false, true),
            ("gpt-4o-search-preview", false, false),
            ("gpt-4o-mini-search-preview-2025-03-11", false, false),
            ("o3-mini", true, false),
            ("olmo-2", false, true),
            ("gpt-5", true, false),
            ("gpt-5.1", true, false),
            ("gpt-5-chat-latest", true, true),
            ("gpt-6", true, false),
            ("gpt-12-mini", true, false),
            ("gpt-35-turbo", false, true),
            ("gpt-oss-120b", false, true),
            ("gpt-", false, true),
            ("ft:o4-mini-2025-04-16:acme::abc", true, false),
            ("ft:gpt-4o-mini-2024-07-18:acme:o1:abc", false, true),
            ("ft:", false, true),
            ("openai/gpt-5-mini", true, false),
            ("openai/gpt-5:nitro", true, false),
            ("openai/o3", true, false),
            ("gateway/openai/gpt-5-chat", true, true),
            ("openai/ft:o4-mini-2025-04-16:acme::abc", true, false),
            ("ft:gpt-4o-mini-2024-07-18:acme:a/o1:abc", false, true),
            ("openai/gpt-4o", false, true),
            ("openai/gpt-oss-120b", false, true),
            ("anthropic/claude-opus-4.8", false, false),
            ("o3/", false, true),
            ("claude-opus-4-7", false, false),
            ("claude-opus-4-7@20260416", false, false),
            ("claude-opus-4.8", false, false),
            ("claude-sonnet-5-5", false, false),
            ("claude-fable-5", false, false),
            ("claude-opus-4-6", false, true),
            ("claude-opus-4-20250514", false, true),
            ("claude-opus-4-1-20250805", false, true),
            ("claude-sonnet-4-6", false, true),
            ("claude-haiku-4-5-20251001", false, true),
            ("claude-3-5-sonnet-20241022", false, true),
            ("claude-3-opus-20240229", false, true),
            ("claude-2.1", false, true),
            ("gemini-2.5-pro", false, true),
        ] {
            assert_eq!(
                (counts_reasoning(model), takes_temperature(model)),
                (counts, takes),
                "{model}"
            );
        }
    }

    #[test]
    fn who_thinks_is_known() {
        for (model, expected) in [
            ("gpt-5-mini", true),
            ("openai/o3", true),
            ("gpt-4o", false),
            ("gemini-2.5-pro", true),
            ("models/gemini-2.5-flash", true),
            ("gemini-3-pro-preview", true),
            ("gemini-3.1-pro", true),
            ("gemini-flash-latest", true),
            ("gemini-2.0-flash", false),
            ("gemini-1.5-pro-002", false),
            ("gemini-2.0-flash-thinking-exp", true),
            ("gemma-3-27b-it", false),
            ("claude-opus-4-7", true),
            ("claude-sonnet-5", true),
            ("claude-sonnet-4-6", false),
            ("anthropic/claude-3.7-sonnet:thinking", true),
            ("deepseek-reasoner", true),
            ("grok-4-fast-reasoning", true),
            ("grok-4-fast-non-reasoning", false),
            ("sim-demo", false),
        ] {
            assert_eq!(thinks(model), expected, "{model}");
        }
    }

    #[test]
    fn rules_are_for_models_that_take_them() {
        for (model, takes) in [
            ("gemma-3-27b-it", false),
            ("models/gemma-3-27b-it", false),
            ("google/gemma-3-27b-it", false),
            ("gemini-2.5-pro", true),
        ] {
            assert_eq!(takes_rules(model), takes, "{model}");
        }
    }
}
