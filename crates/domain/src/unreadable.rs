//! What may be told of JSON that cannot be read.

use serde_json::error::Category;

/// Where reading failed and for what kind of reason. What the error itself says may quote what was read: a
/// prompt or an answer, which nobody's log is to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{} at line {line}, column {column}", name(*category))]
pub struct Unreadable {
    category: Category,
    line: usize,
    column: usize,
}

impl From<serde_json::Error> for Unreadable {
    fn from(error: serde_json::Error) -> Self {
        Self { category: error.classify(), line: error.line(), column: error.column() }
    }
}

const fn name(category: Category) -> &'static str {
    match category {
        Category::Io => "unread",
        Category::Syntax => "no JSON",
        Category::Data => "other JSON than is known",
        Category::Eof => "JSON without its end",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_quoted() {
        for (json, expected) in [
            ("\"canary\"", "other JSON than is known at line 1, column 8"),
            ("[\n1, \"canary\"]", "other JSON than is known at line 2, column 11"),
            ("canary", "no JSON at line 1, column 1"),
            ("[1, 2", "JSON without its end at line 1, column 5"),
        ] {
            let error = serde_json::from_str::<Vec<u8>>(json).unwrap_err();
            assert_eq!(Unreadable::from(error).to_string(), expected, "{json}");
        }
    }
}
