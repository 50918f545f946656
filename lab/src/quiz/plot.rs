//! The quiz as bars, as SVG.

use super::Quiz;
use crate::error::{Error, Result};
use bulkhead_lab_report::plot::COLOURS;
use plotters::prelude::*;
use std::fmt::Display;

/// The quiz as bars: time, with the copies and the memory beside it.
///
/// # Errors
/// [`ReportError::Plot`] with what the drawing library says.
pub(super) fn bars(quiz: &Quiz) -> Result<String> {
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
