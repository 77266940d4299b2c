//! Bodies: read within bounds, understood or refused with a pointer to what is wrong.

use std::time::Duration;

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::{HeaderMap, header},
};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;
use serde_path_to_error::{Path, Segment};
use tokio::time::timeout;

use crate::{
    app::App,
    error::{ApiError, Faults},
};

/// What can be made from a body.
pub(crate) trait FromBody: Sized {
    /// The body as it is written.
    type Body: DeserializeOwned;

    /// Makes it, or says what is wrong.
    fn from_body(body: Self::Body) -> Result<Self, Faults>;

    /// What an absent body, or one that is `null`, stands for; none if there must be one.
    fn absent() -> Option<Self::Body> {
        None
    }
}

/// A JSON body of which everything was checked.
#[derive(Debug)]
pub(crate) struct ValidJson<T>(pub(crate) T);

impl<T: FromBody> FromRequest<App> for ValidJson<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        let headers = request.headers().clone();
        let bytes = read(request, app.config.body_limit, app.config.body_time).await?;
        let body = match T::absent() {
            Some(body) if bytes.is_empty() => body,
            _ if !is_json(&headers) => return Err(ApiError::NotJson),
            Some(body) if bytes.trim_ascii() == b"null" => body,
            _ => parse(&bytes).map_err(ApiError::Invalid)?,
        };
        T::from_body(body).map(Self).map_err(ApiError::Invalid)
    }
}

async fn read(request: Request, limit: usize, longest: Duration) -> Result<Bytes, ApiError> {
    let announced = request.headers().get(header::CONTENT_LENGTH);
    let announced = announced.and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > limit as u64) {
        return Err(ApiError::TooLarge(limit));
    }
    let body = Limited::new(request.into_body(), limit).collect();
    let body = timeout(longest, body).await.map_err(|_| ApiError::BodyTimeout)?;
    match body {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(ApiError::TooLarge(limit)),
        // The connection broke: nobody reads the answer.
        Err(_) => Err(ApiError::invalid("", "the body ended early")),
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE) else { return false };
    let media_type = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
    media_type.trim().eq_ignore_ascii_case("application/json")
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Faults> {
    // Serde would also take the fields of a struct from an array, by their order.
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(Faults::one("", "must be a JSON object"));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let detail = error.inner().to_string();
        Faults::one(&pointer(error.path(), named_field(&detail)), detail)
    })?;
    deserializer.end().map_err(|error| Faults::one("", error.to_string()))?;
    Ok(value)
}

/// The field that is missing or there twice: serde names it only in the text, since the path ends at
/// the object around it.
pub(super) fn named_field(detail: &str) -> Option<&str> {
    let mut words = ["missing field `", "duplicate field `"].into_iter();
    let rest = words.find_map(|words| detail.strip_prefix(words))?;
    rest.split('`').next()
}

/// A path, and a field behind it, as a JSON pointer (RFC 6901).
fn pointer(path: &Path, field: Option<&str>) -> String {
    let mut pointer = String::new();
    for segment in path {
        let name = match segment {
            Segment::Seq { index } => index.to_string(),
            Segment::Map { key } => key.replace('~', "~0").replace('/', "~1"),
            Segment::Enum { variant } => variant.clone(),
            Segment::Unknown => break,
        };
        pointer.push('/');
        pointer.push_str(&name);
    }
    if let Some(field) = field {
        pointer.push('/');
        pointer.push_str(field);
    }
    pointer
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::extract::Text;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only parsed")]
    struct Sample {
        text: Text,
        #[serde(default)]
        number: Option<serde_json::Number>,
    }

    fn fault(body: impl AsRef<[u8]>) -> (String, String) {
        let faults = parse::<Sample>(body.as_ref()).unwrap_err().into_vec();
        (faults[0].pointer.clone(), faults[0].detail.clone())
    }

    #[test]
    fn a_good_body_is_understood() {
        assert!(parse::<Sample>(br#"{"text":"a","number":1e3}"#).is_ok());
    }

    /// Security cases 45, 49, 51.
    #[test]
    fn what_is_wrong_is_pointed_at() {
        let deep = format!(r#"{{"text":{}"#, "[".repeat(100_000));
        let deep_unknown = format!(r#"{{"text":"a","number":{}"#, r#"{"a":"#.repeat(100_000));
        let cases: [(&[u8], &str, &str); 14] = [
            (br#"{"text":"a","role":1}"#, "/role", "unknown field `role`, expected"),
            (br#"{"text":"a","text":"b"}"#, "/text", "duplicate field `text`"),
            (br#"{"text":"a\u0000"}"#, "/text", "must not contain the character U+0000"),
            (br#"{"text":"\ud800"}"#, "/text", "hex escape"),
            (b"{\"text\":\"\xff\"}", "/text", "invalid unicode"),
            (br#"{"text":1}"#, "/text", "expected a string"),
            (br#"{"text":"a","number":1e999}"#, "/number", "number out of range"),
            (br#"{"text":"a","number":NaN}"#, "/number", "expected value"),
            (br#"{"text":"a"} x"#, "", "trailing characters"),
            (br"{}", "/text", "missing field `text`"),
            (b"", "", "must be a JSON object"),
            (br#"["a",null]"#, "", "must be a JSON object"),
            (deep.as_bytes(), "/text", "expected a string"),
            (deep_unknown.as_bytes(), "/number", "number"),
        ];
        for (body, pointer, detail) in cases {
            let (found, said) = fault(body);
            let body = String::from_utf8_lossy(&body[..body.len().min(60)]);
            assert_eq!(found, pointer, "{body}: {said}");
            assert!(said.contains(detail), "{body}: {said}");
        }
    }

    /// Security case 54.
    #[test]
    fn only_json_counts_as_json() {
        for (value, is) in [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("text/plain", false),
            ("application/jsonp", false),
            ("application/x-www-form-urlencoded", false),
        ] {
            let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, value.parse().unwrap())]);
            assert_eq!(is_json(&headers), is, "{value}");
        }
        assert!(!is_json(&HeaderMap::new()));
    }
}
