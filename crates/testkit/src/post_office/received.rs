//! A letter as it came: read back from the form in which it travels (RFC 5322, 2045, 2047).

use base64::{Engine, engine::general_purpose::STANDARD};

/// A letter that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// Who sends it, as the envelope says.
    pub from: String,
    /// To whom, as the envelope says.
    pub to: Vec<String>,
    /// Its headers, as they are written, in order.
    pub headers: Vec<(String, String)>,
    /// What it says, in lines that end with a line feed.
    pub text: String,
}

impl Received {
    pub(super) fn parse(from: String, to: Vec<String>, data: &str) -> Self {
        let (head, body) = data.split_once("\r\n\r\n").unwrap_or((data, ""));
        let head = head.replace("\r\n ", " ").replace("\r\n\t", " ");
        let header = |line: &str| {
            let (name, value) = line.split_once(':').unwrap_or((line, ""));
            (name.to_owned(), value.trim().to_owned())
        };
        let headers = head.split("\r\n").map(header).collect();
        let mut received = Self { from, to, headers, text: String::new() };
        // The last line break belongs to the dot that ends the letter.
        let body = body.strip_suffix("\r\n").unwrap_or(body);
        let text = match received.header("Content-Transfer-Encoding").as_deref() {
            Some("quoted-printable") => unquoted(&body.replace("=\r\n", "")),
            Some("base64") => STANDARD.decode(body.replace("\r\n", "")).unwrap(),
            _ => body.as_bytes().to_owned(),
        };
        received.text = String::from_utf8(text).unwrap().replace("\r\n", "\n");
        received
    }

    /// A header as it is written.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.clone())
    }

    /// A header as people read it; empty if it is not there.
    #[must_use]
    pub fn said(&self, name: &str) -> String {
        let written = self.header(name).unwrap_or_default();
        let mut said = String::new();
        let mut rest = written.as_str();
        while let Some((before, after)) = rest.split_once("=?utf-8?b?") {
            let (word, after) = after.split_once("?=").unwrap();
            // Between two encoded words white space means nothing.
            said.push_str(if said.is_empty() { before } else { before.trim() });
            said.push_str(std::str::from_utf8(&STANDARD.decode(word).unwrap()).unwrap());
            rest = after;
        }
        said + rest
    }
}

/// What quoted-printable text stands for.
fn unquoted(text: &str) -> Vec<u8> {
    let mut pieces = text.split('=');
    let mut bytes = pieces.next().unwrap_or_default().as_bytes().to_owned();
    for piece in pieces {
        bytes.push(u8::from_str_radix(&piece[..2], 16).unwrap());
        bytes.extend(&piece.as_bytes()[2..]);
    }
    bytes
}
