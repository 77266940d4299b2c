//! Lists that are longer than one answer.

use serde_json::Value;

use crate::out;

/// Names and values as the query of an address, those that are there.
pub fn query(parts: &[(&str, Option<String>)]) -> String {
    let mut url = reqwest::Url::parse("http://localhost").expect("it is a URL");
    for (name, value) in parts {
        if let Some(value) = value {
            url.query_pairs_mut().append_pair(name, value);
        }
    }
    url.query().map_or_else(String::new, |query| format!("?{query}"))
}

/// Tells where the list goes on, if it does.
pub fn tell_of_more(answer: &Value, flag: &str) {
    if let Some(next) = answer["nextCursor"].as_str() {
        out::tell(format_args!("there are more: {flag} {next}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_has_what_is_there() {
        assert_eq!(query(&[("a", None)]), "");
        let parts = [("a", Some("x y&z".to_owned())), ("b", None), ("c", Some("ü".to_owned()))];
        assert_eq!(query(&parts), "?a=x+y%26z&c=%C3%BC");
    }
}
