//! Cells that are aligned by their baselines (CSS 2.2, section 17.5.4). The engine puts their contents at the top.
//!
//! Here the contents of a cell whose first line stands higher than that of another in its row are moved down by padding, once it is
//! known where they stand; the row grows with it.

use super::grid::{self, of_kind};
use super::{Part, all, set};
use crate::engine::baselines;
use blitz_dom::{BaseDocument, NodeId};
use std::collections::HashSet;
use style::values::computed::{AlignmentBaseline, BaselineShift};
use style::values::generics::box_::BaselineShiftKeyword;

/// The rows with cells that are to stand on one line.
#[derive(Default)]
pub(super) struct Baselines {
    settled: HashSet<NodeId>,
    rows: Vec<Vec<Cell>>,
}

struct Cell {
    node: NodeId,
    /// The cell's own upper padding, once it is known.
    padding: Option<f32>,
    /// What was added to it.
    added: f32,
}

impl Baselines {
    /// To be called when styles are known.
    pub(super) fn settle(&mut self, document: &BaseDocument) {
        for table in all(document, Part::Table) {
            if !self.settled.insert(table) {
                continue;
            }
            for row in grid::rows(document, table) {
                let cells = of_kind(document, row, Part::Cell).into_iter().filter(|cell| stands(document, *cell));
                let cells: Vec<Cell> = cells.map(|node| Cell { node, padding: None, added: 0.0 }).collect();
                if cells.len() > 1 {
                    self.rows.push(cells);
                }
            }
        }
    }

    /// To be called when sizes are known. Returns whether anything has to be laid out anew.
    pub(super) fn fit(&mut self, document: &mut BaseDocument) -> bool {
        // Each of them, whatever the one before says.
        self.rows.iter_mut().map(|row| fit_row(document, row)).fold(false, std::ops::BitOr::bitor)
    }
}

fn fit_row(document: &mut BaseDocument, row: &mut [Cell]) -> bool {
    let own: Vec<Option<f32>> =
        row.iter().map(|cell| Some(baselines::first(document, cell.node)? - cell.added)).collect();
    let Some(lowest) = own.iter().copied().flatten().reduce(f32::max) else { return false };
    let mut changed = false;
    for (cell, own) in row.iter_mut().zip(own) {
        // Boxes lie on whole pixels.
        let wanted = own.map_or(0.0, |own| (lowest - own).round());
        let Some(layout) = document.get_node(cell.node).map(|node| *node.final_layout()) else { continue };
        if (wanted - cell.added).abs() < 0.5 {
            continue;
        }
        let padding = *cell.padding.get_or_insert(layout.padding.top);
        set(document, cell.node, "padding-top", &format!("{}px", padding + wanted));
        cell.added = wanted;
        changed = true;
    }
    changed
}

/// Whether a cell is aligned by its baseline, which is what all values mean that have no other meaning in a cell.
fn stands(document: &BaseDocument, cell: NodeId) -> bool {
    let Some(style) = document.get_node(cell).and_then(|node| Some(node.primary_styles()?.clone())) else {
        return false;
    };
    let shift = style.clone_baseline_shift();
    let is_moved = matches!(
        shift,
        BaselineShift::Keyword(BaselineShiftKeyword::Top | BaselineShiftKeyword::Bottom | BaselineShiftKeyword::Center)
    );
    !is_moved && style.clone_alignment_baseline() != AlignmentBaseline::Middle
}
