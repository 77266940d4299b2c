//! What `LOG` may hold.

use tracing_subscriber::{EnvFilter, filter::LevelFilter};

/// `text`, if it is a filter.
///
/// A word alone would be taken for a part of the program, of which everything is logged and of all others
/// nothing; most of them are misspelt levels.
pub(super) fn filter(text: &str) -> Option<String> {
    let is_misspelt = |part: &str| is_word(part) && part.parse::<LevelFilter>().is_err();
    let is_filter = EnvFilter::builder().parse(text).is_ok();
    let fits = is_filter && !text.split(',').any(is_misspelt);
    fits.then(|| text.to_owned())
}

/// Neither `target=level` nor the name of a span.
fn is_word(part: &str) -> bool {
    !part.is_empty() && !part.contains(['=', '['])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_alone_is_a_level() {
        for text in
            ["info", "WARN", "off", "info,api=debug", "warn,sqlx=off", "warn,[job{id=1}]=debug"]
        {
            assert_eq!(filter(text).as_deref(), Some(text));
        }
        for text in ["warning", "inof", "info,api", "a=b=c", "api=loud", "debug api"] {
            assert_eq!(filter(text), None, "{text}");
        }
    }
}
