//! Collapsed borders (CSS 2.2, section 17.6.2). The engine draws the border of the first cell around all of them, and lays cells
//! out as if they had theirs besides.
//!
//! So a table is made one whose borders are separate and nothing apart: of the borders that meet at an edge the
//! one that wins becomes the upper or left border of the cell after it, or, at the end of the table, the lower or right one of
//! the last.

use super::grid::{self, of_kind};
use super::{Part, set, tables};
use blitz_dom::{BaseDocument, NodeId};
use std::collections::HashSet;
use style::color::{AbsoluteColor, ColorSpace};
use style::computed_values::border_collapse::T as BorderCollapse;
use style::values::specified::BorderStyle;

/// Places of a grid beyond which a table stays as the engine draws it: each cell that is made different takes memory.
const PLACES: usize = 20_000;

#[derive(Default)]
pub(super) struct Borders {
    settled: HashSet<NodeId>,
}

/// One side of a border.
#[derive(Clone, Debug, PartialEq)]
struct Line {
    width: f32,
    style: BorderStyle,
    colour: AbsoluteColor,
}

/// Top, right, bottom, left.
type Lines = [Option<Line>; 4];

impl Borders {
    pub(super) fn settle(&mut self, document: &mut BaseDocument) -> bool {
        let mut changed = false;
        for table in tables(document) {
            let node = document.get_node(table);
            let collapse = node.and_then(|node| Some(node.primary_styles()?.clone_border_collapse()));
            if collapse == Some(BorderCollapse::Collapse)
                && !self.settled.contains(&table)
                && settle_table(document, table)
            {
                self.settled.insert(table);
                changed = true;
            }
        }
        changed
    }
}

fn settle_table(document: &mut BaseDocument, table: NodeId) -> bool {
    let rows = grid::rows(document, table);
    let cells = grid::cells(document, &rows);
    let columns = cells.iter().map(|cell| cell.column + cell.columns).max().unwrap_or(0);
    if rows.len() * columns > PLACES {
        return false;
    }
    let own: Vec<Lines> = cells.iter().map(|cell| lines(document, cell.node)).collect();
    let outer = lines(document, table);
    let row_lines: Vec<Lines> = rows.iter().map(|row| row_lines(document, *row)).collect();
    // Without any border there is nothing to do yet: a style sheet that says more may still come.
    if own.iter().chain(&row_lines).chain([&outer]).flatten().all(Option::is_none) {
        return false;
    }
    // Which cell lies at each place.
    let mut places = vec![None; rows.len() * columns];
    for (number, cell) in cells.iter().enumerate() {
        for row in cell.row..cell.row + cell.rows {
            places[row * columns + cell.column..row * columns + cell.column + cell.columns].fill(Some(number));
        }
    }
    let at = |row: usize, column: usize| places[row * columns + column].map(|number: usize| &own[number]);
    let mut declared = Vec::new();
    for (cell, own) in cells.iter().zip(&own) {
        let (end_row, end_column) = (cell.row + cell.rows, cell.column + cell.columns);
        let mut top = vec![own[0].clone(), row_lines[cell.row][0].clone()];
        let mut left = vec![own[3].clone()];
        if let Some(above) = cell.row.checked_sub(1) {
            top.push(row_lines[above][2].clone());
            top.extend((cell.column..end_column).filter_map(|column| at(above, column)).map(|lines| lines[2].clone()));
        } else {
            top.push(outer[0].clone());
        }
        if let Some(before) = cell.column.checked_sub(1) {
            left.extend((cell.row..end_row).filter_map(|row| at(row, before)).map(|lines| lines[1].clone()));
        } else {
            left.extend([row_lines[cell.row][3].clone(), outer[3].clone()]);
        }
        let last = end_row - 1;
        let bottom = [own[2].clone(), row_lines[last][2].clone(), outer[2].clone()];
        let right = [own[1].clone(), row_lines[cell.row][1].clone(), outer[1].clone()];
        declared.push((cell.node, "border-top", winner(top)));
        declared.push((cell.node, "border-left", winner(left)));
        declared.push((cell.node, "border-bottom", if end_row == rows.len() { winner(bottom) } else { None }));
        declared.push((cell.node, "border-right", if end_column == columns { winner(right) } else { None }));
    }
    for (cell, side, line) in declared {
        document.mutate().set_style_property(cell, side, &line.map_or_else(|| "none".to_owned(), |line| line.to_css()));
    }
    for (property, value) in
        [("border-collapse", "separate"), ("border-spacing", "0"), ("border", "none"), ("padding", "0")]
    {
        set(document, table, property, value);
    }
    true
}

/// A row's own borders, and those of its group where it is the first or last in that.
fn row_lines(document: &BaseDocument, row: NodeId) -> Lines {
    let own = lines(document, row);
    let Some(group) = document.get_node(row).and_then(|node| node.parent) else { return own };
    if Part::of(document, group) != Part::Group {
        return own;
    }
    let of_group = lines(document, group);
    let rows = of_kind(document, group, Part::Row);
    let [top, right, bottom, left] = own;
    let [group_top, group_right, group_bottom, group_left] = of_group;
    let first = if rows.first() == Some(&row) { group_top } else { None };
    let last = if rows.last() == Some(&row) { group_bottom } else { None };
    [winner([top, first]), winner([right, group_right]), winner([bottom, last]), winner([left, group_left])]
}

fn lines(document: &BaseDocument, node: NodeId) -> Lines {
    let Some(style) = document.get_node(node).and_then(|node| Some(node.primary_styles()?.clone())) else {
        return Lines::default();
    };
    let border = style.get_border();
    let line = |width: f32, style_of: BorderStyle, colour: &style::values::computed::Color| {
        let colour = colour.resolve_to_absolute(&style.clone_color());
        let visible = style_of == BorderStyle::Hidden || style_of != BorderStyle::None && width > 0.0;
        visible.then_some(Line { width, style: style_of, colour })
    };
    [
        line(border.border_top_width.0.to_f32_px(), border.border_top_style, &border.border_top_color),
        line(border.border_right_width.0.to_f32_px(), border.border_right_style, &border.border_right_color),
        line(border.border_bottom_width.0.to_f32_px(), border.border_bottom_style, &border.border_bottom_color),
        line(border.border_left_width.0.to_f32_px(), border.border_left_style, &border.border_left_color),
    ]
}

/// The line that is drawn of those that meet: none where one of them is hidden, else the widest, else that of the strongest style,
/// else that of the innermost element, which stands first.
fn winner(lines: impl IntoIterator<Item = Option<Line>>) -> Option<Line> {
    let lines: Vec<Line> = lines.into_iter().flatten().collect();
    if lines.iter().any(|line| line.style == BorderStyle::Hidden) {
        return None;
    }
    let strength = |line: &Line| match line.style {
        BorderStyle::Double => 8,
        BorderStyle::Solid => 7,
        BorderStyle::Dashed => 6,
        BorderStyle::Dotted => 5,
        BorderStyle::Ridge => 4,
        BorderStyle::Outset => 3,
        BorderStyle::Groove => 2,
        _ => 1,
    };
    lines.into_iter().reduce(|best, line| {
        let order = line.width.total_cmp(&best.width).then(strength(&line).cmp(&strength(&best)));
        if order.is_gt() { line } else { best }
    })
}

impl Line {
    fn to_css(&self) -> String {
        let style = match self.style {
            BorderStyle::Double => "double",
            BorderStyle::Dashed => "dashed",
            BorderStyle::Dotted => "dotted",
            BorderStyle::Ridge | BorderStyle::Outset => "ridge",
            BorderStyle::Groove | BorderStyle::Inset => "groove",
            _ => "solid",
        };
        format!("{}px {style} {}", self.width, css_colour(&self.colour))
    }
}

/// A colour as a style sheet says it.
pub(in crate::engine) fn css_colour(colour: &AbsoluteColor) -> String {
    let colour = colour.to_color_space(ColorSpace::Srgb);
    let channel = |value: f32| (value * 255.0).round().clamp(0.0, 255.0);
    let (red, green, blue) = (colour.components.0, colour.components.1, colour.components.2);
    format!("rgba({}, {}, {}, {})", channel(red), channel(green), channel(blue), colour.alpha)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_widest_the_strongest_the_innermost_wins_and_hidden_hides() {
        let line = |width, style| Some(Line { width, style, colour: AbsoluteColor::BLACK });
        let (thin, thick) = (line(1.0, BorderStyle::Double), line(2.0, BorderStyle::Dotted));
        assert_eq!(winner([thin.clone(), thick.clone()]), thick);
        assert_eq!(winner([line(1.0, BorderStyle::Solid), thin.clone()]), thin);
        assert_eq!(winner([thick.clone(), line(0.0, BorderStyle::Hidden)]), None);
        assert_eq!(winner([None, thin.clone()]), thin);
        assert_eq!(winner([None, None]), None);
    }
}
