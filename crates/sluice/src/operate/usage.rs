//! `sluice usage …`

use serde_json::{Value, json};

use super::{Client, page::query, print_items};
use crate::cli::UsageCommand;

const COLUMNS: &[&str] = &[
    "day",
    "provider",
    "model",
    "attempts",
    "inputTokens",
    "cachedInputTokens",
    "outputTokens",
    "reasoningTokens",
    "usd",
];

const NANO: u64 = 1_000_000_000;

/// Does it.
pub fn run(client: &Client, command: UsageCommand, json: bool) -> anyhow::Result<()> {
    let UsageCommand::Report { from } = command;
    let answer = client.get(&format!("/api/ops/usage{}", query(&[("from", from)])))?;
    let items = answer["items"].as_array().cloned().unwrap_or_default().into_iter();
    let told: Vec<_> = if json { items.collect() } else { items.map(with_dollars).collect() };
    print_items(json, &told.into(), COLUMNS)
}

/// With what it cost in dollars; a `+` says that some of it has no price.
fn with_dollars(mut item: Value) -> Value {
    let nano = item["costNanoUsd"].as_u64().unwrap_or_default();
    let more = if item["unpriced"].as_u64() == Some(0) { "" } else { "+" };
    let millionths = nano % NANO / 1000;
    item["usd"] = json!(format!("{}.{millionths:06}{more}", nano / NANO));
    item
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollars_have_six_places_and_a_sign_of_what_has_no_price() {
        let usd = |nano: u64, unpriced: u64| {
            with_dollars(json!({"costNanoUsd": nano, "unpriced": unpriced}))["usd"].clone()
        };
        assert_eq!(usd(0, 0), "0.000000");
        assert_eq!(usd(1_234_567_890, 0), "1.234567");
        assert_eq!(usd(5_000, 2), "0.000005+");
    }
}
