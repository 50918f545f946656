//! The plots, as SVG: round trips and throughput over the length of a message, a line for each link.

use super::Placement;
use super::report::Report;
use crate::error::{Error, Result};
use crate::quiz::Quiz;
use plotters::coord::combinators::{IntoLogRange, LogCoord};
use plotters::prelude::*;
use std::fmt::Display;

const SIZE: (u32, u32) = (900, 560);
/// Room for the names at the ends of the lines.
const NAMES: u32 = 150;

/// Colours that differ also for the colour-blind. There are more lines than colours, so that names stand at the lines' ends.
const COLOURS: &[RGBColor] = &[
    RGBColor(0, 90, 181),
    RGBColor(220, 50, 32),
    RGBColor(0, 130, 90),
    RGBColor(148, 80, 190),
    RGBColor(200, 120, 0),
    RGBColor(90, 90, 90),
    RGBColor(0, 150, 180),
    RGBColor(190, 60, 130),
];

/// The ring of our own is black; the others take turns.
fn colour(index: usize, name: &str) -> RGBColor {
    if name == "ring" { BLACK } else { COLOURS[index % COLOURS.len()] }
}

/// A length of a decimal axis.
fn decimal(bytes: f64) -> String {
    match bytes {
        1e6.. => format!("{} MB", bytes / 1e6),
        1e3.. => format!("{} kB", bytes / 1e3),
        _ => format!("{bytes} B"),
    }
}

/// Points of one line.
struct Series {
    name: String,
    points: Vec<(f64, f64)>,
}

/// Each plot with its file name.
///
/// # Errors
/// [`Error::Broken`] with what the drawing library says.
pub fn plots(report: &Report) -> Result<Vec<(String, String)>> {
    let mut plots = Vec::new();
    for placement in [Placement::TwoCores, Placement::OneCore, Placement::Free] {
        let file = placement.to_string().replace(' ', "-");
        let rows = report.latency.iter().filter(|row| row.placement == placement);
        let points = collect(rows.map(|row| (row.name.as_str(), row.bytes, row.p50_ns / 1000.0)));
        if let Some(svg) = lines(&format!("Round trip, {placement}, median"), "microseconds", &points)? {
            plots.push((format!("latency-{file}.svg"), svg));
        }
        let rows = report.throughput.iter().filter(|row| row.placement == placement);
        let points = collect(rows.map(|row| (row.name.as_str(), row.bytes, row.bytes_per_second / 1e9)));
        if let Some(svg) = lines(&format!("Throughput, {placement}, median"), "GB/s", &points)? {
            plots.push((format!("throughput-{file}.svg"), svg));
        }
    }
    Ok(plots)
}

fn collect<'a>(rows: impl Iterator<Item = (&'a str, usize, f64)>) -> Vec<Series> {
    let mut series: Vec<Series> = Vec::new();
    for (name, bytes, value) in rows {
        let point = (bytes as f64, value);
        match series.iter_mut().find(|series| series.name == name) {
            Some(series) => series.points.push(point),
            None => series.push(Series { name: name.into(), points: vec![point] }),
        }
    }
    series
}

/// A plot with both axes logarithmic, or none where there is nothing to draw a line of.
fn lines(caption: &str, unit: &str, series: &[Series]) -> Result<Option<String>> {
    let xs = || series.iter().flat_map(|series| &series.points).map(|point| point.0);
    let ys = || series.iter().flat_map(|series| &series.points).map(|point| point.1);
    let (left, right) = (xs().fold(f64::INFINITY, f64::min), xs().fold(0.0, f64::max));
    let (bottom, top) = (ys().fold(f64::INFINITY, f64::min) / 1.5, ys().fold(0.0, f64::max) * 1.5);
    if left >= right || bottom <= 0.0 {
        return Ok(None);
    }
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        area.fill(&WHITE).map_err(broken)?;
        let mut chart = ChartBuilder::on(&area)
            .caption(caption, ("sans-serif", 20))
            .margin(12)
            .margin_right(NAMES)
            .x_label_area_size(44)
            .y_label_area_size(64)
            .build_cartesian_2d((left..right).log_scale(), (bottom..top).log_scale())
            .map_err(broken)?;
        chart
            .configure_mesh()
            .x_desc("bytes in a message")
            .y_desc(unit)
            .x_label_formatter(&|x| decimal(*x))
            .y_label_formatter(&|y| format!("{y}"))
            .light_line_style(RGBColor(240, 240, 240))
            .bold_line_style(RGBColor(220, 220, 220))
            .draw()
            .map_err(broken)?;
        for (index, series) in series.iter().enumerate() {
            let colour = colour(index, &series.name);
            // The link of our own is drawn thicker.
            let style = colour.stroke_width(if series.name == "ring" { 4 } else { 2 });
            chart.draw_series(LineSeries::new(series.points.iter().copied(), style).point_size(3)).map_err(broken)?;
        }
        names(&area, chart.as_coord_spec(), series)?;
        area.present().map_err(broken)?;
    }
    Ok(Some(svg))
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;
type Axes = Cartesian2d<LogCoord<f64>, LogCoord<f64>>;

/// The names at the right ends of the lines, moved apart where they would overlap.
fn names(area: &Area<'_>, axes: &Axes, series: &[Series]) -> Result<()> {
    const HEIGHT: i32 = 14;
    let mut ends: Vec<(i32, i32, usize)> = series
        .iter()
        .enumerate()
        .filter_map(|(index, series)| {
            let (x, y) = axes.translate(series.points.last()?);
            Some((y, x, index))
        })
        .collect();
    ends.sort_unstable();
    // Neighbours that overlap push one another away, until none do.
    for _ in 0..200 {
        for index in 1..ends.len() {
            let overlap = ends[index - 1].0 + HEIGHT - ends[index].0;
            if overlap > 0 {
                ends[index - 1].0 -= (overlap + 1) / 2;
                ends[index].0 += (overlap + 1) / 2;
            }
        }
    }
    for (y, x, index) in ends {
        let style = ("sans-serif", 13).into_font().color(&colour(index, &series[index].name));
        area.draw_text(&series[index].name, &style, (x + 8, y - HEIGHT / 2)).map_err(broken)?;
    }
    Ok(())
}

/// The quiz as bars: time, with the copies and the memory beside it.
///
/// # Errors
/// [`Error::Broken`] with what the drawing library says.
pub fn quiz(quiz: &Quiz) -> Result<String> {
    const ROW: i32 = 30;
    const LEFT: i32 = 150;
    let size = (900, (70 + ROW * quiz.rows.len() as i32).unsigned_abs());
    let longest = quiz.rows.iter().map(|row| row.nanoseconds).fold(1.0, f64::max);
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        area.fill(&WHITE).map_err(broken)?;
        let text = |size: i32| ("sans-serif", size).into_font().color(&BLACK);
        area.draw_text("100 MB for two processes, half each: until both have summed their half", &text(20), (16, 14))
            .map_err(broken)?;
        for (index, row) in quiz.rows.iter().enumerate() {
            let y = 54 + ROW * index as i32;
            let width = (row.nanoseconds / longest * 440.0) as i32;
            let memory = row.memory.iter().sum::<f64>() / 1e6;
            area.draw_text(&row.name, &text(14), (16, y + 4)).map_err(broken)?;
            let bar =
                Rectangle::new([(LEFT, y), (LEFT + width, y + ROW - 8)], COLOURS[row.copies as usize % 4].filled());
            area.draw(&bar).map_err(broken)?;
            let label = format!("{:.1} ms, {} copies, {memory:.0} MB", row.nanoseconds / 1e6, row.copies);
            area.draw_text(&label, &text(14), (LEFT + width + 8, y + 4)).map_err(broken)?;
        }
        area.present().map_err(broken)?;
    }
    Ok(svg)
}

fn broken(error: impl Display) -> Error {
    Error::Broken(format!("drawing a plot: {error}"))
}
