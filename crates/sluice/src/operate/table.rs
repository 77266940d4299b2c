//! Answers, for people and for programs.

use std::io::Write;

use serde_json::Value;

/// Prints `value` for programs.
pub fn print_json(value: &Value) -> anyhow::Result<()> {
    writeln!(std::io::stdout(), "{value:#}")?;
    Ok(())
}

/// Prints the members called `columns` of every item, a line each.
pub fn print_table(items: &Value, columns: &[&str]) -> anyhow::Result<()> {
    let items = items.as_array().map(Vec::as_slice).unwrap_or_default();
    let heads = columns.iter().map(|name| (*name).to_owned()).collect();
    let row = |item: &Value| columns.iter().map(|name| cell(&item[name])).collect();
    let rows: Vec<Vec<String>> = std::iter::once(heads).chain(items.iter().map(row)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: Vec<usize> =
        (0..columns.len()).map(|column| width(column).unwrap_or_default()).collect();
    let mut out = std::io::stdout().lock();
    for row in rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        writeln!(out, "{}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
    }
    Ok(())
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
