//! Proxies to providers: those of the configuration, and those that the environment names by custom.

use std::collections::BTreeMap;

use url::Url;

/// The variables that name a proxy, in either case.
const VARIABLES: [&str; 3] = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];

/// What may stand in them.
pub(super) const ALLOWED: &str = "must be an http, https, socks5 or socks5h URL, or HOST:PORT";

/// Whether `text` is a URL of a proxy.
pub(super) fn is_proxy(text: &str) -> bool {
    let scheme = |url: &Url| matches!(url.scheme(), "http" | "https" | "socks5" | "socks5h");
    let is_whole = !text.contains(char::is_whitespace);
    is_whole && Url::parse(text).is_ok_and(|url| scheme(&url) && url.has_host())
}

/// The variables of `environment` that name no proxy one could use. Whoever reads them by custom passes such a one
/// over without a word, and goes where the proxy was to keep it from going.
pub(super) fn wrong(environment: &BTreeMap<String, String>) -> Vec<String> {
    let names = VARIABLES.iter().flat_map(|name| [(*name).to_owned(), name.to_lowercase()]);
    let is_wrong = |name: &String| {
        let text = environment.get(name).map(|text| text.trim()).unwrap_or_default();
        let whole = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
        !text.is_empty() && !is_proxy(&whole)
    };
    names.filter(is_wrong).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_that_names_no_proxy_is_wrong() {
        for (value, is_wrong) in [
            ("", false),
            ("http://proxy:3128", false),
            (" https://ada:secret@proxy ", false),
            ("proxy:3128", false),
            ("10.0.0.7", false),
            ("socks5h://proxy:1080", false),
            ("http://egress proxy:3128", true),
            ("http://", true),
            ("ftp://proxy", true),
            ("http://proxy:99999", true),
        ] {
            for name in ["HTTPS_PROXY", "all_proxy"] {
                let environment = BTreeMap::from([(name.to_owned(), value.to_owned())]);
                let expected = if is_wrong { vec![name.to_owned()] } else { Vec::new() };
                assert_eq!(wrong(&environment), expected, "{value}");
            }
        }
    }
}
