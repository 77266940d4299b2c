//! How much may be used, as somebody configures it.

use super::{Budget, Measure, Period};

/// How much may be used; any amount where absent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Uses {
    /// Requests in any 60 seconds.
    pub requests_per_minute: Option<u32>,
    /// Requests in any 24 hours.
    pub requests_per_day: Option<u32>,
    /// Tokens in any 60 seconds.
    pub tokens_per_minute: Option<u32>,
    /// Tokens in any 24 hours.
    pub tokens_per_day: Option<u32>,
}

impl Uses {
    /// The budgets of whatever is called `whose`, for `model`.
    #[must_use]
    pub fn budgets(&self, whose: &str, model: Option<&str>) -> Vec<Budget> {
        use {
            Measure::{Requests, Tokens},
            Period::{Day, Minute},
        };
        let limits = [
            (Requests, Minute, "requests_per_minute", self.requests_per_minute),
            (Requests, Day, "requests_per_day", self.requests_per_day),
            (Tokens, Minute, "tokens_per_minute", self.tokens_per_minute),
            (Tokens, Day, "tokens_per_day", self.tokens_per_day),
        ];
        let limits = limits.into_iter().filter_map(|(measure, period, what, limit)| {
            let of_model = model.map_or_else(String::new, |model| format!("/{model}"));
            Some(Budget {
                name: format!("{whose}{of_model}/{what}"),
                model: model.map(str::to_owned),
                measure,
                period,
                limit: limit?.into(),
            })
        });
        limits.collect()
    }
}

/// A limit of the keys of one group together, or of each key, for one model or for all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedLimit {
    /// The group; absent, each key for itself.
    pub group: Option<String>,
    /// For which model; absent, for all together.
    pub model: Option<String>,
    /// How much.
    pub uses: Uses,
}

impl SharedLimit {
    /// The budgets that follow for a key called `key` of `group`.
    #[must_use]
    pub fn budgets(&self, key: &str, group: Option<&str>) -> Vec<Budget> {
        let model = self.model.as_deref();
        match self.group.as_deref() {
            None => self.uses.budgets(key, model),
            Some(own) if Some(own) == group => self.uses.budgets(&format!("group {own}"), model),
            Some(_) => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_a_group_get_the_same_budgets() {
        let uses = Uses { requests_per_day: Some(100), ..Uses::default() };
        let limit = SharedLimit { group: Some("g".to_owned()), model: Some("m".to_owned()), uses };
        let budgets = limit.budgets("a", Some("g"));
        assert_eq!(budgets[0].name, "group g/m/requests_per_day");
        assert_eq!(budgets, limit.budgets("b", Some("g")));
        assert!(limit.budgets("c", None).is_empty() && limit.budgets("c", Some("h")).is_empty());
        let each = SharedLimit { group: None, ..limit };
        assert_eq!(each.budgets("a", Some("g"))[0].name, "a/m/requests_per_day");
    }
}
