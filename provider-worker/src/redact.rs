//! Keeps secrets and inner addresses out of what people read.

use secrecy::{ExposeSecret, SecretString};

/// The longest message kept, in characters; providers answer with whole web pages at times.
const MAX_CHARS: usize = 300;

/// What a word begins with that may be a key, whoever it belongs to.
const KEY_PREFIXES: [&str; 6] = ["sk-", "pk-", "rk-", "AIza", "sess-", "gsk_"];

/// What the name of an account begins with, and how many letters and digits follow at the least.
const ACCOUNT_PREFIXES: [&str; 4] = ["org-", "org_", "proj-", "proj_"];
const ACCOUNT_CHARS: usize = 12;

/// `text` without `secret`, without anything that looks like a key, an account or an address, on one line and
/// of bounded length.
pub(crate) fn redact(text: &str, secret: &SecretString) -> String {
    let secret = secret.expose_secret();
    let text = if secret.is_empty() { text.to_owned() } else { text.replace(secret, "[key]") };
    let text = first(&text, 4 * MAX_CHARS);
    let mut after_bearer = false;
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let words = words.filter(|word| !word.is_empty()).map(|word| {
        let shown = if after_bearer { "[key]".to_owned() } else { redact_word(word) };
        after_bearer = word.eq_ignore_ascii_case("bearer");
        shown
    });
    let line = words.collect::<Vec<_>>().join(" ");
    let shown = first(&line, MAX_CHARS);
    if shown.len() < line.len() { format!("{shown}…") } else { line }
}

/// The first `chars` characters.
fn first(text: &str, chars: usize) -> &str {
    text.char_indices().nth(chars).map_or(text, |(end, _)| &text[..end])
}

/// Replaces the part of a word that is a key, an account or an address.
fn redact_word(word: &str) -> String {
    for (at, _) in word.char_indices().filter(|(at, _)| is_boundary(word, *at)) {
        let (head, rest) = word.split_at(at);
        let starts = |prefix: &str| rest.starts_with(prefix) && rest.len() > prefix.len();
        if KEY_PREFIXES.into_iter().any(starts) {
            let end = rest.find(|c| !is_key_char(c)).unwrap_or(rest.len());
            return format!("{head}[key]{}", redact_word(&rest[end..]));
        }
        if let Some(name) = ACCOUNT_PREFIXES.into_iter().find_map(|it| rest.strip_prefix(it)) {
            let end = name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len());
            if end >= ACCOUNT_CHARS {
                return format!("{head}[account]{}", redact_word(&name[end..]));
            }
        }
        if rest.starts_with("http://") || rest.starts_with("https://") {
            let end = rest.find(['"', '\'', ')', '>', '}', ',']).unwrap_or(rest.len());
            return format!("{head}[address]{}", redact_word(&rest[end..]));
        }
    }
    word.to_owned()
}

/// Whether a key or an address may begin at `at`: not in the middle of a longer word.
fn is_boundary(word: &str, at: usize) -> bool {
    word[..at].chars().next_back().is_none_or(|before| !before.is_alphanumeric())
}

/// Keys are made of these; providers put stars in place of the middle.
fn is_key_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '*' | '.' | '…')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Security case 73.
    #[test]
    fn nothing_that_looks_like_a_key_or_an_address_stays() {
        let secret = SecretString::from("canary-4711");
        let cases = [
            (
                "Incorrect API key provided: sk-ab***yz. See",
                "Incorrect API key provided: [key] See",
            ),
            ("key canary-4711, again", "key [key], again"),
            ("key \"sk-proj-1_2\" is bad", "key \"[key]\" is bad"),
            ("Authorization: Bearer abc.def", "Authorization: Bearer [key]"),
            ("visit https://10.0.0.8:9/v1?x=1 now", "visit [address] now"),
            ("(http://inner/a),sk-x", "([address]),[key]"),
            (
                "too large for m in organization org-AbCdEf0123456789 on",
                "too large for m in organization [account] on",
            ),
            ("`org_01jabcdefghijk` org-wide", "`[account]` org-wide"),
            ("a task-force\r\n at\u{0} 5", "a task-force at 5"),
            ("disk-full", "disk-full"),
        ];
        for (text, expected) in cases {
            assert_eq!(redact(text, &secret), expected);
        }
    }

    #[test]
    fn messages_are_bounded() {
        let text = redact(&"ä".repeat(5000), &SecretString::from(""));
        assert_eq!(text.chars().count(), MAX_CHARS + 1);
    }
}
