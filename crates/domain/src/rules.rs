//! What a role may ask for.

use std::collections::BTreeMap;

use crate::{account::Role, model::ModelRef};

/// What one role may ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleRules {
    /// Whom it may ask: chains by their names, `provider/model`, or `provider/*`; none: everybody.
    pub models: Option<Vec<String>>,
    /// Whether it may put rules of its own before the chat.
    pub system_prompt: bool,
}

impl Default for RoleRules {
    fn default() -> Self {
        Self { models: None, system_prompt: true }
    }
}

impl RoleRules {
    /// Whether a request that names `wish`, or nothing, may ask all of `models`, one after the other.
    #[must_use]
    pub fn allow<'a>(
        &self,
        wish: Option<&str>,
        models: impl IntoIterator<Item = &'a ModelRef>,
    ) -> bool {
        let Some(allowed) = &self.models else { return true };
        let named = wish.is_some_and(|wish| allowed.iter().any(|name| name == wish.trim()));
        named || models.into_iter().all(|model| allowed.iter().any(|name| fits(name, model)))
    }

    /// Whom it may ask, in words.
    #[must_use]
    pub fn words(&self) -> String {
        let models = self.models.as_deref().unwrap_or_default();
        format!(
            "this role may ask: {}",
            if models.is_empty() { "nobody".to_owned() } else { models.join(", ") }
        )
    }

    /// The first whom it may ask by a name.
    #[must_use]
    pub fn first(&self) -> Option<&str> {
        let mut names = self.models.iter().flatten().map(String::as_str);
        names.find(|name| !name.ends_with("/*"))
    }
}

/// Whether `name` means `model`.
fn fits(name: &str, model: &ModelRef) -> bool {
    name.split_once('/').is_some_and(|(provider, wanted)| {
        provider == model.provider.as_str() && (wanted == "*" || wanted == model.model)
    })
}

/// The rules of all roles. A role without any may ask for everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules(BTreeMap<Role, RoleRules>);

impl Rules {
    /// These, and none for other roles.
    #[must_use]
    pub fn new(rules: BTreeMap<Role, RoleRules>) -> Self {
        Self(rules)
    }

    /// Whether there are none at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those of `role`.
    #[must_use]
    pub fn of(&self, role: Role) -> Option<&RoleRules> {
        self.0.get(&role)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ProviderName;

    fn model(provider: &str, model: &str) -> ModelRef {
        ModelRef { provider: ProviderName::parse(provider).unwrap(), model: model.to_owned() }
    }

    /// Security case 59.
    #[test]
    fn a_role_asks_whom_it_may() {
        let [mini, large, claude] = [("openai", "mini"), ("openai", "large"), ("anthropic", "c/1")]
            .map(|(p, m)| model(p, m));
        let rules = |names: &[&str]| RoleRules {
            models: Some(names.iter().map(|name| (*name).to_owned()).collect()),
            ..RoleRules::default()
        };
        for (rules, wish, models, expected) in [
            (RoleRules::default(), None, vec![&large], true),
            (rules(&["openai/mini"]), None, vec![&mini], true),
            (rules(&["openai/mini"]), Some("large"), vec![&large], false),
            (rules(&["openai/*"]), Some("large"), vec![&large], true),
            (rules(&["openai/*"]), Some("x"), vec![&claude], false),
            (rules(&["anthropic/c/1"]), Some("anthropic/c/1"), vec![&claude], true),
            (rules(&["best"]), Some(" best "), vec![&claude, &large], true),
            (rules(&["openai/*"]), Some("best"), vec![&mini, &claude], false),
            (rules(&["openai/*", "anthropic/c/1"]), Some("best"), vec![&mini, &claude], true),
            (rules(&[]), None, vec![&mini], false),
        ] {
            assert_eq!(rules.allow(wish, models), expected, "{rules:?} {wish:?}");
        }
        assert_eq!(rules(&["openai/*", "best", "openai/mini"]).first(), Some("best"));
        assert_eq!(RoleRules::default().first(), None);
    }
}
