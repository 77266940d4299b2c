//! How often somebody may do something.

use domain::time::Timestamp;
pub(crate) use ports::live::Quota;
use ports::live::Verdict;

use crate::{
    app::App,
    error::{ApiError, Wait},
};

/// Counts one more in `bucket`; too often is an error that says for how long.
pub(crate) async fn check(
    app: &App,
    bucket: &str,
    quota: Quota,
    at: Timestamp,
) -> Result<(), ApiError> {
    match app.ports.limits.check(bucket, quota).await? {
        Verdict::Allowed => Ok(()),
        Verdict::RetryAfter(after) => Err(ApiError::TooMany(Wait { after, until: at + after })),
    }
}
