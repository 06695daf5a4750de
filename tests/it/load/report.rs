//! Medians, ratios, the table and the JSON.

use serde_json::json;

use super::program::figures::Figures;
use super::program::report::{json, median, number, table};

fn rounds(values: &[f64]) -> Vec<Figures> {
    let round = |value: &f64| {
        let mut figures = Figures::default();
        figures.add("CPU µs", *value);
        figures
    };
    values.iter().map(round).collect()
}

#[test]
fn the_median_is_the_middle() {
    assert_eq!(median(&[3.0, 1.0, 2.0]).to_string(), "2");
    assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]).to_string(), "2.5");
    assert_eq!(median(&[]).to_string(), "0");
}

#[test]
fn the_table_shows_medians_and_ratios_to_the_first() {
    let columns = [
        ("floor".to_owned(), rounds(&[1.0, 2.0, 9.0])),
        ("ours".to_owned(), rounds(&[5.0])),
        ("other".to_owned(), rounds(&[])),
    ];
    let table = table(&columns);
    let cells: Vec<Vec<&str>> = table.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(cells[0], ["floor", "ours", "ratio", "other", "ratio"]);
    assert_eq!(cells[1], ["CPU", "µs", "2.00", "5.00", "2.50×", "–", "–"]);
}

#[test]
fn numbers_have_the_digits_that_count() {
    let shown = [0.0, 0.1234, 1.234, 12.34, 1234.6, 1_234_567.0].map(number);
    assert_eq!(shown, ["0", "0.123", "1.23", "12.3", "1,235", "1,234,567"]);
}

#[test]
fn json_has_the_medians_and_each_round() {
    let json = json("fanout", &json!({}), &[("ours".to_owned(), rounds(&[1.0, 3.0]))]);
    assert_eq!(json["peers"][0]["medians"]["CPU µs"], 2.0);
    assert_eq!(json["peers"][0]["rounds"][1]["CPU µs"], 3.0);
}
