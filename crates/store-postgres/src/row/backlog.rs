//! Sums of queued generations.

use domain::model::ProviderName;
use ports::store::Backlog;

use super::{Columns, FromColumns};
use crate::error::Error;

impl FromColumns for Backlog {
    const TABLE: &'static str = "generations";
    const KEY: &'static str = "provider";

    fn read(columns: Columns<'_>) -> Result<Self, Error> {
        Ok(Self {
            provider: columns.known("provider", |text| ProviderName::parse(text).ok())?,
            retries: columns.count("retries")?,
            waits: columns.get("waits")?,
            jobs: columns.count("jobs")?,
            first: columns.time("first")?,
        })
    }
}
