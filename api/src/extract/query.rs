//! Queries: understood, or refused with a pointer to what is wrong.

use axum::{
    extract::{FromRequestParts, Query, rejection::QueryRejection},
    http::request::Parts,
};
use serde::de::DeserializeOwned;

use super::json::named_field;
use crate::error::ApiError;

/// A query of which the fields are there, each once.
#[derive(Debug)]
pub(crate) struct ValidQuery<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for ValidQuery<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let query = Query::try_from_uri(&parts.uri);
        query.map(|Query(params)| Self(params)).map_err(|error| fault(&error))
    }
}

fn fault(error: &QueryRejection) -> ApiError {
    let text = error.body_text();
    // Before what is wrong it tells of what, and where.
    let detail = text.rsplit_once(": ").map_or(&*text, |(_, detail)| detail);
    let pointer = named_field(detail).map(|field| format!("/{field}")).unwrap_or_default();
    ApiError::invalid(&pointer, detail)
}

#[cfg(test)]
mod tests {
    use axum::http::Request;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only parsed")]
    struct Sample {
        text: String,
        limit: Option<String>,
    }

    async fn read(query: &str) -> Result<Sample, (String, String)> {
        let request = Request::get(format!("/?{query}")).body(()).unwrap();
        let read = ValidQuery::from_request_parts(&mut request.into_parts().0, &()).await;
        read.map(|ValidQuery(sample)| sample).map_err(|error| match error {
            ApiError::Invalid(faults) => {
                let fault = faults.into_vec().remove(0);
                (fault.pointer, fault.detail)
            }
            other => panic!("{other:?}"),
        })
    }

    #[tokio::test]
    async fn what_is_wrong_is_pointed_at() {
        assert!(read("text=a%20b&limit=1&more=2").await.is_ok());
        for (query, pointer, detail) in [
            ("limit=1", "/text", "missing field `text`"),
            ("text=a&text=b", "/text", "duplicate field `text`"),
            ("text=a&limit=1&limit=2", "/limit", "duplicate field `limit`"),
        ] {
            let fault = read(query).await.unwrap_err();
            assert_eq!(fault, (pointer.to_owned(), detail.to_owned()), "{query}");
        }
    }
}
