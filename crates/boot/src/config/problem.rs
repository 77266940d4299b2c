//! What is wrong with a configuration, told all at once.

use std::fmt;

/// One wrong value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Of which setting.
    pub name: String,
    /// What stood there, unless it is a secret.
    pub value: Option<String>,
    /// Where it came from.
    pub from: String,
    /// What is allowed.
    pub allowed: String,
}

/// Everything that is wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigErrors(pub Vec<Problem>);

impl ConfigErrors {
    /// One mistake that has no value to show.
    #[must_use]
    pub fn of(name: &str, allowed: &str) -> Self {
        let (name, allowed) = (name.to_owned(), allowed.to_owned());
        Self(vec![Problem { name, value: None, from: String::new(), allowed }])
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the configuration is wrong:")?;
        for problem in &self.0 {
            write!(f, "\n  {}", problem.name)?;
            if let Some(value) = &problem.value {
                write!(f, "={value:?}")?;
            }
            if !problem.from.is_empty() {
                write!(f, " (from {})", problem.from)?;
            }
            write!(f, ": {}", problem.allowed)?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigErrors {}
