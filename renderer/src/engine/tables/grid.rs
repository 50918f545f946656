//! Where the cells of a table lie ("forming a table", HTML standard, section 4.9.12).

use super::{Part, children};
use blitz_dom::{BaseDocument, LocalName, NodeId, local_name};

/// Columns beyond which cells are not looked at. A hostile page can ask for a thousand with each cell.
const COLUMNS: usize = 4096;

/// A cell and the part of the grid that it covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) node: NodeId,
    pub(super) row: usize,
    pub(super) column: usize,
    pub(super) rows: usize,
    pub(super) columns: usize,
}

/// The rows of a table, in groups or not.
pub(super) fn rows(document: &BaseDocument, table: NodeId) -> Vec<NodeId> {
    let mut rows = Vec::new();
    for (child, part) in children(document, table) {
        match part {
            Part::Row => rows.push(child),
            Part::Group => rows.extend(of_kind(document, child, Part::Row)),
            _ => {}
        }
    }
    rows
}

/// The cells of these rows.
pub(super) fn cells(document: &BaseDocument, rows: &[NodeId]) -> Vec<Cell> {
    let mut cells = Vec::new();
    // For each column, how many more rows a cell from above reaches into.
    let mut occupied: Vec<usize> = Vec::new();
    for (row, node) in rows.iter().enumerate() {
        let mut column = 0;
        for node in of_kind(document, *node, Part::Cell) {
            while occupied.get(column).is_some_and(|rows| *rows > 0) {
                column += 1;
            }
            let columns = span(document, node, local_name!("colspan"));
            let height = span(document, node, local_name!("rowspan")).min(rows.len() - row);
            if column + columns > COLUMNS {
                break;
            }
            cells.push(Cell { node, row, column, rows: height, columns });
            occupied.resize(occupied.len().max(column + columns), 0);
            occupied[column..column + columns].fill(height);
            column += columns;
        }
        occupied.iter_mut().for_each(|rows| *rows = rows.saturating_sub(1));
    }
    cells
}

/// The children that are this to a table.
pub(super) fn of_kind(document: &BaseDocument, parent: NodeId, kind: Part) -> Vec<NodeId> {
    children(document, parent).into_iter().filter(|(_, part)| *part == kind).map(|(child, _)| child).collect()
}

/// What an attribute such as `colspan` says.
pub(super) fn span(document: &BaseDocument, node: NodeId, name: LocalName) -> usize {
    /// As in HTML.
    const MOST: usize = 1000;
    let node = document.get_node(node);
    node.and_then(|node| node.attr(name)).and_then(|span| span.trim().parse().ok()).unwrap_or(1).clamp(1, MOST)
}
