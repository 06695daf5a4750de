//! Figures over one size that grows: a row for each size, a column for each curve, as CSV.
//!
//! What was not measured is empty, never zero.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

/// Figures of one chart.
#[derive(Debug, Default)]
pub(crate) struct Table {
    /// What the first column is.
    size: String,
    columns: Vec<String>,
    rows: Vec<(f64, Vec<Option<f64>>)>,
}

impl Table {
    /// An empty one; the size is what grows.
    pub(crate) fn new(size: &str) -> Self {
        Self { size: size.to_owned(), ..Self::default() }
    }

    /// A figure of this curve at this size.
    pub(crate) fn add(&mut self, size: f64, column: &str, value: f64) {
        let place = self.columns.iter().position(|known| known == column).unwrap_or_else(|| {
            self.columns.push(column.to_owned());
            self.columns.len() - 1
        });
        if self.rows.last().is_none_or(|(last, _)| *last != size) {
            self.rows.push((size, Vec::new()));
        }
        if let Some((_, row)) = self.rows.last_mut() {
            row.resize(self.columns.len().max(row.len()), None);
            row[place] = Some(value);
        }
    }

    /// Its own figures, and at other sizes those of an older table.
    pub(crate) fn over(&self, older: &Self) -> Self {
        let own: Vec<f64> = self.sizes().collect();
        let is_kept = |size: f64| !own.contains(&size);
        let kept = older.figures().filter(|(size, ..)| is_kept(*size));
        let mut figures: Vec<_> = kept.chain(self.figures()).collect();
        figures.sort_by(|one, other| one.0.total_cmp(&other.0));
        let mut table = Self::new(&self.size);
        for (size, column, value) in figures {
            table.add(size, column, value);
        }
        table
    }

    fn figures(&self) -> impl Iterator<Item = (f64, &str, f64)> {
        self.curves()
            .flat_map(|(name, points)| points.into_iter().map(move |(size, value)| (size, name, value)))
    }

    /// All sizes, in their order.
    pub(crate) fn sizes(&self) -> impl Iterator<Item = f64> {
        self.rows.iter().map(|(size, _)| *size)
    }

    /// The curves by name.
    pub(crate) fn curves(&self) -> impl Iterator<Item = (&str, Vec<(f64, f64)>)> {
        self.columns.iter().enumerate().map(|(place, name)| {
            let point = |(size, row): &(f64, Vec<Option<f64>>)| Some((*size, (*row.get(place)?)?));
            (name.as_str(), self.rows.iter().filter_map(point).collect())
        })
    }

    /// Writes it as CSV, four digits that count.
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        let mut text = self.size.clone();
        for column in &self.columns {
            write!(text, ",\"{column}\"")?;
        }
        for (size, row) in &self.rows {
            write!(text, "\n{size}")?;
            for place in 0..self.columns.len() {
                text.push(',');
                if let Some(Some(value)) = row.get(place) {
                    text.push_str(&digits(*value));
                }
            }
        }
        text.push('\n');
        fs::write(path, text).with_context(|| path.display().to_string())
    }

    /// Reads what [`Table::write`] wrote.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
        let mut lines = text.lines();
        let (size, columns) = lines.next().and_then(|line| line.split_once(',')).context("no columns")?;
        let columns: Vec<String> =
            columns.split("\",\"").map(|name| name.trim_matches('"').to_owned()).collect();
        let mut table = Self { size: size.to_owned(), columns, rows: Vec::new() };
        for line in lines {
            let (size, values) = line.split_once(',').context("a row without values")?;
            let values: Vec<&str> = values.split(',').collect();
            if values.len() != table.columns.len() {
                bail!("{}: {line:?} has not one value for each column", path.display());
            }
            let row = values.into_iter().map(|value| Some(value).filter(|value| !value.is_empty()));
            let row = row.map(|value| value.map(str::parse).transpose()).collect::<Result<_, _>>()?;
            table.rows.push((size.parse()?, row));
        }
        Ok(table)
    }
}

fn digits(value: f64) -> String {
    let whole = value.abs().max(1e-9).log10().floor() as i32;
    format!("{value:.*}", usize::try_from(3 - whole).unwrap_or(0))
}
