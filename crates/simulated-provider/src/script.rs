//! The script: which call is answered with what, beside what its model's name says.

use std::{
    collections::{HashMap, VecDeque},
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde::{Deserialize, Serialize};

use crate::behavior::{Behavior, UnknownBehavior};

/// Answers some calls otherwise than their model's name says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rule {
    /// Only calls for this model.
    #[serde(default)]
    pub model: Option<String>,
    /// Only calls with this key.
    #[serde(default)]
    pub key: Option<String>,
    /// Only so many calls; then the rule is used up.
    #[serde(default)]
    pub times: Option<u32>,
    /// The answer, in the words of a model's name.
    pub behavior: String,
}

/// The rules in force. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Script(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    rules: Vec<(Rule, Behavior)>,
    /// How often a prompt was refused under `fail`.
    refused: HashMap<u64, u32>,
    /// Those prompts, the one that came first in front.
    order: VecDeque<u64>,
}

/// Of how many prompts it is known how often they were refused.
const MOST_PROMPTS: usize = 100_000;

impl Script {
    /// Puts `rules` in the place of those in force; the first that fits a call counts.
    pub fn set(&self, rules: Vec<Rule>) -> Result<(), UnknownBehavior> {
        let parsed: Result<Vec<_>, _> = rules
            .into_iter()
            .map(|rule| rule.behavior.parse().map(|behavior| (rule, behavior)))
            .collect();
        self.lock().rules = parsed?;
        Ok(())
    }

    /// Drops all rules.
    pub fn clear(&self) {
        self.lock().rules.clear();
    }

    /// The behavior for a call, if a rule fits it; counts against the rule.
    pub(crate) fn behavior(&self, model: &str, key: &str) -> Option<Behavior> {
        let mut state = self.lock();
        let fits = |(rule, _): &&mut (Rule, Behavior)| {
            rule.model.as_deref().is_none_or(|wanted| wanted == model)
                && rule.key.as_deref().is_none_or(|wanted| wanted == key)
                && rule.times != Some(0)
        };
        let (rule, behavior) = state.rules.iter_mut().find(fits)?;
        rule.times = rule.times.map(|times| times - 1);
        Some(behavior.clone())
    }

    /// Whether a call that is to be refused only `fail` times for its prompt is refused now.
    pub(crate) fn refuses(&self, fail: Option<u32>, prompt: &impl Hash) -> bool {
        let Some(fail) = fail else { return true };
        let mut hasher = DefaultHasher::new();
        prompt.hash(&mut hasher);
        self.lock().refuses(fail, hasher.finish())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while holding it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn refuses(&mut self, fail: u32, prompt: u64) -> bool {
        if !self.refused.contains_key(&prompt) {
            self.order.push_back(prompt);
            if self.order.len() > MOST_PROMPTS
                && let Some(first) = self.order.pop_front()
            {
                self.refused.remove(&first);
            }
        }
        let refused = self.refused.entry(prompt).or_default();
        let refuse = *refused < fail;
        *refused += u32::from(refuse);
        refuse
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(model: Option<&str>, times: Option<u32>, behavior: &str) -> Rule {
        Rule { model: model.map(str::to_owned), key: None, times, behavior: behavior.to_owned() }
    }

    #[test]
    fn the_first_rule_that_fits_counts_until_it_is_used_up() {
        let script = Script::default();
        script
            .set(vec![rule(Some("m"), Some(1), "status=500"), rule(None, None, "tokens=3")])
            .unwrap();
        assert_eq!(script.behavior("n", "k").unwrap().tokens, 3);
        assert_eq!(script.behavior("m", "k").unwrap().status, Some(500));
        assert_eq!(script.behavior("m", "k").unwrap().status, None);
        script.clear();
        assert_eq!(script.behavior("m", "k"), None);
    }

    #[test]
    fn a_prompt_is_refused_as_often_as_said() {
        let script = Script::default();
        let refusals: Vec<bool> = (0..4).map(|_| script.refuses(Some(2), &"p")).collect();
        assert_eq!(refusals, [true, true, false, false]);
        assert!(script.refuses(Some(1), &"q"));
        assert!(script.refuses(None, &"p"));
    }

    #[test]
    fn the_prompts_that_came_first_are_forgotten_first() {
        let mut state = State::default();
        let prompts = MOST_PROMPTS as u64;
        assert!((0..prompts).all(|prompt| state.refuses(1, prompt)));
        assert!(!state.refuses(1, 0), "known as long as there is room");
        assert!(state.refuses(1, prompts));
        assert!(state.refuses(1, 0) && !state.refuses(1, 2));
        assert_eq!((state.refused.len(), state.order.len()), (MOST_PROMPTS, MOST_PROMPTS));
    }
}
