//! Texts as PostgreSQL can keep them: it has no NUL.
//!
//! NUL becomes U+0010 `0`, and U+0010 becomes U+0010 `1`, so that every text comes back as it was. In
//! JSON, where control characters stand as escapes, the escapes are changed in the same way.

use std::borrow::Cow;

const ESCAPE: char = '\u{10}';

/// `text` as it is kept.
pub(crate) fn kept(text: &str) -> Cow<'_, str> {
    if !text.contains(['\0', ESCAPE]) {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\0' => kept.extend([ESCAPE, '0']),
            ESCAPE => kept.extend([ESCAPE, '1']),
            other => kept.push(other),
        }
    }
    Cow::Owned(kept)
}

/// The text that is kept as `kept`.
pub(crate) fn read(kept: &str) -> Cow<'_, str> {
    if !kept.contains(ESCAPE) {
        return Cow::Borrowed(kept);
    }
    let mut text = String::with_capacity(kept.len());
    let mut chars = kept.chars();
    while let Some(c) = chars.next() {
        text.push(match c {
            ESCAPE if chars.next() == Some('0') => '\0',
            other => other,
        });
    }
    Cow::Owned(text)
}

/// `json` as it is kept.
pub(crate) fn kept_json(json: String) -> String {
    if !json.contains("\\u00") {
        return json;
    }
    replaced(&json, |escape| match escape {
        "0000" => Some("\\u00100"),
        "0010" => Some("\\u00101"),
        _ => None,
    })
}

/// The JSON that is kept as `kept`.
pub(crate) fn read_json(kept: &str) -> Cow<'_, str> {
    if !kept.contains("\\u0010") {
        return Cow::Borrowed(kept);
    }
    let mut json = String::with_capacity(kept.len());
    let mut rest = kept;
    while let Some((before, code, after)) = next_escape(rest) {
        json.push_str(before);
        match (code, after.as_bytes().first()) {
            ("0010", Some(b'0')) => json.push_str("\\u0000"),
            ("0010", Some(b'1')) => json.push_str("\\u0010"),
            _ => {
                json.push_str("\\u");
                json.push_str(code);
                rest = after;
                continue;
            }
        }
        rest = &after[1..];
    }
    json.push_str(rest);
    Cow::Owned(json)
}

fn replaced(json: &str, with: impl Fn(&str) -> Option<&'static str>) -> String {
    let mut kept = String::with_capacity(json.len() + 8);
    let mut rest = json;
    while let Some((before, code, after)) = next_escape(rest) {
        kept.push_str(before);
        if let Some(replacement) = with(code) {
            kept.push_str(replacement);
        } else {
            kept.push_str("\\u");
            kept.push_str(code);
        }
        rest = after;
    }
    kept.push_str(rest);
    kept
}

/// What comes before the next `\u` of `json`, its four digits, and what comes after. An escaped
/// backslash begins no such escape.
fn next_escape(json: &str) -> Option<(&str, &str, &str)> {
    let bytes = json.as_bytes();
    let mut at = 0;
    while let Some(found) = bytes[at..].iter().position(|byte| *byte == b'\\') {
        let backslash = at + found;
        if bytes.get(backslash + 1) == Some(&b'u') {
            let code = json.get(backslash + 2..backslash + 6)?;
            return Some((&json[..backslash], code, &json[backslash + 6..]));
        }
        at = backslash + 2;
        if at > bytes.len() {
            return None;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_comes_back() {
        for text in ["", "plain", "a\0b", "\u{10}", "\u{10}0\0\u{10}\u{10}1", "\\u0000", "é\0🦀"]
        {
            let kept_text = kept(text);
            assert!(!kept_text.contains('\0'), "{text:?}");
            assert_eq!(read(&kept_text), text);

            let json = serde_json::to_string(text).unwrap();
            let kept_json = kept_json(json.clone());
            assert!(serde_json::from_str::<String>(&kept_json).unwrap() == kept_text, "{text:?}");
            assert_eq!(read_json(&kept_json), json);
        }
    }
}
