//! Answers, for people and for programs.

use serde_json::Value;

use crate::out;

/// Prints `value` for programs.
pub fn print_json(value: &Value) -> anyhow::Result<()> {
    out::print(format_args!("{value:#}\n"))
}

/// Prints `items`: for people the members called `columns` of each, a line each.
pub fn print_items(json: bool, items: &Value, columns: &[&str]) -> anyhow::Result<()> {
    if json { print_json(items) } else { out::print(table(items, columns)) }
}

/// Prints `item`: for people the members called `columns`, as a table of one line.
pub fn print_item(json: bool, item: Value, columns: &[&str]) -> anyhow::Result<()> {
    if json { print_json(&item) } else { out::print(table(&vec![item].into(), columns)) }
}

fn table(items: &Value, columns: &[&str]) -> String {
    let items = items.as_array().map(Vec::as_slice).unwrap_or_default();
    let heads = columns.iter().map(|name| (*name).to_owned()).collect();
    let row = |item: &Value| columns.iter().map(|name| cell(&item[name])).collect();
    let rows: Vec<Vec<String>> = std::iter::once(heads).chain(items.iter().map(row)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: Vec<usize> =
        (0..columns.len()).map(|column| width(column).unwrap_or_default()).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => out::on_one_line(text),
        other => other.to_string(),
    }
}
