//! `sluice audit`

use super::{
    Client,
    page::{query, tell_of_more},
    print_items,
};
use crate::cli::Page;

const COLUMNS: &[&str] = &["at", "actor", "action", "subject", "detail"];

/// Does it.
pub fn run(client: &Client, page: &Page, before: Option<String>, json: bool) -> anyhow::Result<()> {
    let query = query(&[("limit", Some(page.limit.to_string())), ("cursor", before)]);
    let answer = client.get(&format!("/api/ops/audit{query}"))?;
    print_items(json, &answer["items"], COLUMNS)?;
    tell_of_more(&answer, "--before");
    Ok(())
}
