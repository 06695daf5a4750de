//! Draws a table as an SVG: curves with points, axes with units, a legend.
//!
//! It has a background of its own, so that it is readable on a dark page too, and its text is text.

use std::ops::Range;
use std::path::Path;

use anyhow::{Context as _, Result, anyhow};
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, ValueFormatter};
use plotters::prelude::*;

use super::table::Table;

/// In pixels; the legend stands beside the plot.
const SIZE: (u32, u32) = (1000, 420);
const PLOT_WIDTH: u32 = 720;
/// Beyond, they are not told apart.
const POINTS_MAX: usize = 20;
const FONT: &str = "sans-serif";
/// Told apart by those who see colours otherwise, too. Source: M. Okabe, K. Ito, Color Universal Design.
const COLOURS: [RGBColor; 6] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
];
const GREY: RGBColor = RGBColor(120, 120, 120);

/// How an axis is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scale {
    /// From zero, in equal steps.
    Linear,
    /// Ten times as much is as far everywhere.
    Log,
}

/// What a chart shows.
pub(crate) struct Chart {
    /// Of its files.
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    /// What grows, and how it is shown.
    pub(crate) x: (&'static str, Scale),
    /// What it costs, with its unit.
    pub(crate) y: (&'static str, Scale),
}

/// One axis: from where to where, and where it is marked.
struct Axis {
    scale: Scale,
    range: Range<f64>,
    marks: Vec<f64>,
}

impl Axis {
    /// For these values, marked at round numbers.
    fn around(scale: Scale, values: &[f64]) -> Self {
        let least = values.iter().copied().fold(f64::MAX, f64::min);
        let most = values.iter().copied().fold(f64::MIN, f64::max);
        let marks: Vec<f64> = match scale {
            Scale::Linear => {
                let step = step(most / 6.0);
                (0..=(most * 1.04 / step).ceil() as u32).map(|mark| f64::from(mark) * step).collect()
            }
            Scale::Log => {
                let powers = (-6..=9).map(|power| 10_f64.powi(power));
                let marks: Vec<f64> = powers.flat_map(|power| [power, 2.0 * power, 5.0 * power]).collect();
                let first = marks.iter().rposition(|mark| *mark < least).unwrap_or(0);
                let last = marks.iter().position(|mark| *mark > most).unwrap_or(marks.len() - 1);
                marks[first..=last].to_vec()
            }
        };
        Self { scale, range: marks[0]..marks[marks.len() - 1], marks }
    }

    /// Marked where it was measured.
    fn at(scale: Scale, marks: Vec<f64>) -> Self {
        Self { scale, range: marks[0]..marks[marks.len() - 1], marks }
    }
}

impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (first, last): (i32, i32)) -> i32 {
        let place = |value: f64| match self.scale {
            Scale::Linear => value,
            Scale::Log => value.log10(),
        };
        let (start, end) = (place(self.range.start), place(self.range.end));
        let part = (place(*value) - start) / (end - start);
        first + (part * f64::from(last - first)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        self.marks.clone()
    }

    fn range(&self) -> Range<f64> {
        self.range.clone()
    }
}

impl ValueFormatter<f64> for Axis {
    fn format(value: &f64) -> String {
        label(*value)
    }
}

/// The next of 1, 2, 5, 10 … that is not below.
fn step(least: f64) -> f64 {
    let power = 10_f64.powf(least.log10().floor());
    [1.0, 2.0, 5.0].into_iter().map(|digit| digit * power).find(|step| *step >= least).unwrap_or(10.0 * power)
}

/// A number as an axis bears it.
fn label(value: f64) -> String {
    let (value, unit) = match value {
        value if value >= 1e6 => (value / 1e6, " M"),
        value if value >= 1e4 => (value / 1e3, " k"),
        value => (value, ""),
    };
    let text = format!("{value:.3}");
    format!("{}{unit}", text.trim_end_matches('0').trim_end_matches('.'))
}

impl Chart {
    /// Draws the figures into this file.
    pub(crate) fn draw(&self, table: &Table, path: &Path) -> Result<()> {
        let mut svg = String::new();
        self.draw_to(table, &mut svg).map_err(|error| anyhow!("{}: {error}", self.name))?;
        std::fs::write(path, svg).with_context(|| path.display().to_string())
    }

    fn draw_to(&self, table: &Table, svg: &mut String) -> Result<()> {
        let sizes: Vec<f64> = table.sizes().collect();
        let values: Vec<f64> =
            table.curves().flat_map(|(_, points)| points).map(|(_, value)| value).collect();
        let x = match self.x.1 {
            Scale::Linear => Axis::around(Scale::Linear, &sizes),
            Scale::Log => Axis::at(Scale::Log, sizes.clone()),
        };
        let area = SVGBackend::with_string(svg, SIZE).into_drawing_area();
        area.fill(&WHITE)?;
        let (area, legend) = area.split_horizontally(PLOT_WIDTH);
        let mut chart = ChartBuilder::on(&area)
            .caption(self.title, (FONT, 21))
            .margin(14)
            .x_label_area_size(50)
            .y_label_area_size(66)
            .build_cartesian_2d(x, Axis::around(self.y.1, &values))?;
        chart
            .configure_mesh()
            .x_desc(self.x.0)
            .y_desc(self.y.0)
            .axis_desc_style((FONT, 17))
            .label_style((FONT, 16))
            .bold_line_style(RGBColor(225, 225, 225))
            .light_line_style(TRANSPARENT)
            .draw()?;
        let mut colours = COLOURS.iter().cycle();
        let mut height = 60;
        for (name, points) in table.curves() {
            let colour = if name == "floor" { &GREY } else { colours.next().unwrap_or(&GREY) };
            let style = colour.filled().stroke_width(2);
            let radius = if sizes.len() > POINTS_MAX { 0 } else { 4 };
            chart.draw_series(LineSeries::new(points, style).point_size(radius))?;
            legend.draw(&PathElement::new([(4, height), (24, height)], style.stroke_width(4)))?;
            legend.draw(&Text::new(name.to_owned(), (32, height - 8), (FONT, 16)))?;
            height += 24;
        }
        area.present()?;
        Ok(())
    }
}
