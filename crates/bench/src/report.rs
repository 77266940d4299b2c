//! How figures are printed.

use std::{fmt::Write, fs};

/// What the figures were measured on.
pub fn head() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let model = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = model.lines().find_map(|line| line.strip_prefix("model name"));
    let model = model.map_or("", |line| line.trim_start_matches([':', ' ', '\t']));
    format!("{cores} cores ({model}); client, provider and Sluice together on them")
}

/// One measurement: what, and its figures.
#[derive(Debug)]
pub struct Report(String);

impl Report {
    /// A measurement called `title`.
    pub fn new(title: &str) -> Self {
        Self(format!("\n{title}"))
    }

    /// Adds a figure.
    pub fn line(mut self, name: &str, figure: impl std::fmt::Display) -> Self {
        let _ = write!(self.0, "\n  {name:<34} {figure}");
        self
    }
}

impl Report {
    /// Adds a figure, if there is one.
    pub fn maybe(self, name: &str, figure: Option<impl std::fmt::Display>) -> Self {
        match figure {
            Some(figure) => self.line(name, figure),
            None => self,
        }
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
