//! Medians over rounds, ratios to the first server, a table and JSON.

use serde_json::{Value, json};

use super::figures::Figures;

/// A server's name and its rounds.
pub(crate) type Column = (String, Vec<Figures>);

/// The middle value; of an even number the mean of the two. Zero of none.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => 0.0,
        len if len % 2 == 1 => sorted[middle],
        _ => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

/// The values of one figure in a server's rounds.
fn values(rounds: &[Figures], name: &str) -> Vec<f64> {
    rounds.iter().filter_map(|round| round.value(name)).collect()
}

/// The figures' names in the order of their first appearance.
fn names(columns: &[Column]) -> Vec<&'static str> {
    let mut names = Vec::new();
    for (name, _) in columns.iter().flat_map(|(_, rounds)| rounds).flat_map(Figures::all) {
        if !names.contains(name) {
            names.push(*name);
        }
    }
    names
}

/// The medians side by side, each further server with its ratio to the first.
pub(crate) fn table(columns: &[Column]) -> String {
    let mut rows = vec![vec![String::new()]];
    for (place, (name, _)) in columns.iter().enumerate() {
        rows[0].push(name.clone());
        if place > 0 {
            rows[0].push("ratio".to_owned());
        }
    }
    for name in names(columns) {
        let mut row = vec![name.to_owned()];
        let first = columns.first().map(|(_, rounds)| median(&values(rounds, name)));
        for (place, (_, rounds)) in columns.iter().enumerate() {
            let values = values(rounds, name);
            let middle = median(&values);
            row.push(if values.is_empty() { "–".to_owned() } else { number(middle) });
            if place > 0 {
                row.push(ratio(first, middle, values.is_empty()));
            }
        }
        rows.push(row);
    }
    aligned(&rows)
}

fn ratio(first: Option<f64>, value: f64, is_missing: bool) -> String {
    match first {
        Some(first) if first > 0.0 && !is_missing => format!("{:.2}×", value / first),
        Some(_) | None => "–".to_owned(),
    }
}

/// Three digits that count, and no more than are known.
pub(crate) fn number(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        size if size < 1.0 => format!("{value:.3}"),
        size if size < 10.0 => format!("{value:.2}"),
        size if size < 100.0 => format!("{value:.1}"),
        _ => grouped(value),
    }
}

fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) && digit != '-' {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<_> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            text.push_str(&if column == 0 { format!("{cell:<width$}") } else { format!("  {cell:>width$}") });
        }
        text.push('\n');
    }
    text
}

/// Everything for a machine: the medians, and each round's figures.
pub(crate) fn json(work: &str, parameters: &Value, columns: &[Column]) -> Value {
    let peers = columns.iter().map(|(name, rounds)| {
        let medians = names(columns).into_iter().map(|figure| {
            let values = values(rounds, figure);
            (figure.to_owned(), if values.is_empty() { Value::Null } else { json!(median(&values)) })
        });
        let each = rounds.iter().map(|round| {
            round.all().iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect::<Value>()
        });
        json!({
            "name": name,
            "medians": medians.collect::<Value>(),
            "rounds": each.collect::<Vec<_>>(),
        })
    });
    json!({ "work": work, "parameters": parameters, "peers": peers.collect::<Vec<_>>() })
}
