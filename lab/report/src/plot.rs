//! The plots, as SVG: round trips and throughput over the length of a message, a line for each link.

use crate::{Placement, Report, ReportError, short};
use plotters::coord::combinators::{BindKeyPoints, IntoLogRange, LogCoord, WithKeyPoints};
use plotters::prelude::*;
use std::fmt::Display;

type Result<T> = std::result::Result<T, ReportError>;

const SIZE: (u32, u32) = (960, 600);
/// Room for the names at the ends of the lines.
const NAMES: u32 = 190;
/// The library draws text a fifth smaller than this.
const TEXT: i32 = 15;
/// From one name to the next.
const LINE: i32 = 18;

/// Colours that differ also for the colour-blind. There are more lines than colours, so the shape of the points tells apart
/// lines of one colour, and names stand at the lines' ends.
pub const COLOURS: &[RGBColor] = &[
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

/// A point of a line, in pixels.
fn mark(area: &Area<'_>, at: (i32, i32), index: usize, name: &str) -> Result<()> {
    let colour = colour(index, name).filled();
    match index / COLOURS.len() {
        _ if name == "ring" => area.draw(&Circle::new(at, 5, colour)),
        0 => area.draw(&Circle::new(at, 3, colour)),
        1 => area.draw(&TriangleMarker::new(at, 5, colour)),
        _ => area.draw(&Rectangle::new([(at.0 - 3, at.1 - 3), (at.0 + 3, at.1 + 3)], colour)),
    }
    .map_err(broken)
}

/// Points of one line.
struct Series {
    name: String,
    points: Vec<(f64, f64)>,
}

/// Each plot with its file name.
///
/// # Errors
/// [`ReportError::Plot`] with what the drawing library says.
pub fn plots(report: &Report) -> std::result::Result<Vec<(String, String)>, ReportError> {
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
    let ys = || series.iter().flat_map(|series| &series.points).map(|point| point.1);
    let mut lengths: Vec<f64> = series.iter().flat_map(|series| &series.points).map(|point| point.0).collect();
    lengths.sort_by(f64::total_cmp);
    lengths.dedup();
    let (bottom, top) = (ys().fold(f64::INFINITY, f64::min) / 1.5, ys().fold(0.0, f64::max) * 1.5);
    let (Some(left), Some(right)) = (lengths.first().copied(), lengths.last().copied()) else { return Ok(None) };
    if left >= right || bottom <= 0.0 {
        return Ok(None);
    }
    let within = |steps: &[f64]| ticks(steps, bottom, top);
    let across = (left..right).log_scale().with_key_points(lengths);
    let up = (bottom..top).log_scale().with_key_points(within(&[1.0, 2.0, 5.0]));
    let up = up.with_light_points(within(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]));
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        area.fill(&WHITE).map_err(broken)?;
        let mut chart = ChartBuilder::on(&area)
            .caption(caption, ("sans-serif", 22))
            .margin(14)
            .margin_right(NAMES)
            .x_label_area_size(52)
            .y_label_area_size(72)
            .build_cartesian_2d(across, up)
            .map_err(broken)?;
        chart
            .configure_mesh()
            .x_desc("length of a message")
            .y_desc(unit)
            .label_style(("sans-serif", TEXT))
            .axis_desc_style(("sans-serif", TEXT + 1))
            .x_label_formatter(&|bytes| short(*bytes as usize))
            .y_label_formatter(&|y| format!("{y}"))
            .light_line_style(RGBColor(240, 240, 240))
            .bold_line_style(RGBColor(220, 220, 220))
            .draw()
            .map_err(broken)?;
        for (index, series) in series.iter().enumerate() {
            // The link of our own is drawn thicker.
            let style = colour(index, &series.name).stroke_width(if series.name == "ring" { 4 } else { 2 });
            chart.draw_series(LineSeries::new(series.points.iter().copied(), style)).map_err(broken)?;
            for point in &series.points {
                mark(&area, chart.as_coord_spec().translate(point), index, &series.name)?;
            }
        }
        names(&area, chart.as_coord_spec(), series)?;
        area.present().map_err(broken)?;
    }
    Ok(Some(svg))
}

/// These steps of each power of ten from `bottom` to `top`. Quotients of whole numbers, which print as people write them.
fn ticks(steps: &[f64], bottom: f64, top: f64) -> Vec<f64> {
    let tick = |power: i32, step: f64| if power < 0 { step / 10_f64.powi(-power) } else { step * 10_f64.powi(power) };
    let powers = bottom.log10().floor() as i32..=top.log10().ceil() as i32;
    let all = powers.flat_map(|power| steps.iter().map(move |step| tick(power, *step)));
    all.filter(|tick| (bottom..=top).contains(tick)).collect()
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;
type Axis = WithKeyPoints<LogCoord<f64>>;

/// The names beside the right ends of the lines, moved apart where they would overlap, and tied to their lines.
fn names(area: &Area<'_>, axes: &Cartesian2d<Axis, Axis>, series: &[Series]) -> Result<()> {
    let mut ends: Vec<(i32, i32, usize)> = series
        .iter()
        .enumerate()
        .filter_map(|(index, series)| {
            let (x, y) = axes.translate(series.points.last()?);
            Some((y, x, index))
        })
        .collect();
    ends.sort_unstable();
    let wanted: Vec<i32> = ends.iter().map(|(y, ..)| *y).collect();
    let places = apart(&wanted, LINE, (LINE, SIZE.1.cast_signed() - LINE));
    for ((y, x, index), place) in ends.into_iter().zip(places) {
        let name = &series[index].name;
        let colour = colour(index, name);
        let tie = PathElement::new([(x + 7, y), (x + 32, place), (x + 38, place)], colour.mix(0.5));
        area.draw(&tie).map_err(broken)?;
        mark(area, (x + 44, place), index, name)?;
        let style = ("sans-serif", TEXT).into_font().color(&colour);
        area.draw_text(name, &style, (x + 53, place - TEXT / 2 + 1)).map_err(broken)?;
    }
    Ok(())
}

/// Places at least `distance` apart and within `bounds` where they fit, in the same order, as near as can be to the wanted ones,
/// which ascend.
fn apart(wanted: &[i32], distance: i32, bounds: (i32, i32)) -> Vec<i32> {
    // Less the room of those before, places need but ascend: neighbours that do not share the mean of what they want.
    let mut groups: Vec<(i32, i32)> = Vec::new();
    for (wanted, before) in wanted.iter().zip(0..) {
        let mut group = (wanted - before * distance, 1);
        while let Some((sum, count)) = groups.pop_if(|(sum, count)| *sum * group.1 >= group.0 * *count) {
            group = (sum + group.0, count + group.1);
        }
        groups.push(group);
    }
    let all: i32 = groups.iter().map(|(_, count)| count).sum();
    let last = bounds.1 - (all - 1) * distance;
    let places = groups.into_iter().flat_map(|(sum, count)| (0..count).map(move |_| sum / count));
    places.zip(0..).map(|(place, before)| place.min(last).max(bounds.0) + before * distance).collect()
}

fn broken(error: impl Display) -> ReportError {
    ReportError::Plot(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_have_room_stay_where_their_lines_end() {
        assert_eq!(apart(&[20, 50, 90], 10, (0, 100)), [20, 50, 90]);
    }

    #[test]
    fn names_that_would_overlap_move_apart_around_their_middle() {
        assert_eq!(apart(&[50, 50, 50], 10, (0, 100)), [40, 50, 60]);
        assert_eq!(apart(&[20, 48, 50, 52, 90], 10, (0, 100)), [20, 40, 50, 60, 90]);
    }

    #[test]
    fn names_stay_on_the_picture() {
        assert_eq!(apart(&[1, 2, 3], 10, (5, 100)), [5, 15, 25]);
        assert_eq!(apart(&[99, 100], 10, (5, 100)), [90, 100]);
    }

    #[test]
    fn ticks_are_round_numbers_within_the_axis() {
        let shown: Vec<_> = ticks(&[1.0, 2.0, 5.0], 0.15, 21.0).iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["0.2", "0.5", "1", "2", "5", "10", "20"]);
    }
}
