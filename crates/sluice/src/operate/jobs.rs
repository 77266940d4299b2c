//! `sluice jobs …`

use serde_json::{Value, json};

use super::{
    Client,
    page::{query, tell_of_more},
    print_items, print_json,
};
use crate::{cli::JobsCommand, out, talk};

const COLUMNS: &[&str] =
    &["generationId", "state", "age", "attempt", "provider", "model", "userId", "retryAt"];

/// Does it.
pub fn run(client: &Client, command: JobsCommand, json: bool) -> anyhow::Result<()> {
    let (id, verb) = match command {
        JobsCommand::List { state, user, provider, model, page, after } => {
            let query = query(&[
                ("state", state),
                ("user", user),
                ("provider", provider),
                ("model", model),
                ("limit", Some(page.limit.to_string())),
                ("cursor", after),
            ]);
            return list(client, &query, json);
        }
        JobsCommand::Show { id } => return show(client, &id, json),
        JobsCommand::Tail { id } => return talk::tail(client.clone(), &id, json),
        JobsCommand::Cancel { id } => (id, "cancel"),
        JobsCommand::Retry { id } => (id, "retry"),
    };
    let answer = client.post(&format!("/api/ops/generations/{id}/{verb}"), None)?;
    if json {
        return print_json(&answer);
    }
    out::print(format_args!("{}\n", answer["status"].as_str().unwrap_or_default()))
}

fn list(client: &Client, query: &str, json: bool) -> anyhow::Result<()> {
    let mut answer = client.get(&format!("/api/ops/generations{query}"))?;
    if !json && let Some(items) = answer["items"].as_array_mut() {
        for item in items {
            item["age"] = json!(age(item["ageSeconds"].as_u64().unwrap_or_default()));
        }
    }
    print_items(json, &answer["items"], COLUMNS)?;
    tell_of_more(&answer, "--after");
    Ok(())
}

fn show(client: &Client, id: &str, json: bool) -> anyhow::Result<()> {
    let answer = client.get(&format!("/api/ops/generations/{id}"))?;
    if json {
        return print_json(&answer);
    }
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (status, why) = (text(&answer["generation"]["status"]), text(&answer["why"]));
    out::print(format_args!("{status}: {why}\n"))
}

/// `seconds` in the two largest units that are there.
fn age(seconds: u64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{minutes}m {}s", seconds % 60),
        3600..86_400 => format!("{hours}h {}m", minutes % 60),
        _ => format!("{days}d {}h", hours % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_told_in_its_two_largest_units() {
        for (seconds, told) in [
            (0, "0s"),
            (59, "59s"),
            (60, "1m 0s"),
            (3599, "59m 59s"),
            (3600, "1h 0m"),
            (90_061, "1d 1h"),
        ] {
            assert_eq!(age(seconds), told);
        }
    }
}
