//! The widths of columns. The engine takes them from the cells of the first row and the `<col>` elements, and no percentages,
//! unless the layout is fixed; a width that it takes is final, however wide the contents are.
//!
//! So the widest width that any cell of a column asks for is given to the column's cell in the first row; a percentage as `calc()`,
//! which the engine passes on. Where that turns out too narrow for what is in the column, the column gets what it needs.

use super::grid::{self, Cell, of_kind, span};
use super::{Part, all, set};
use blitz_dom::{BaseDocument, NodeId, local_name};
use std::collections::{HashMap, HashSet};
use style::computed_values::table_layout::T as TableLayout;
use style::values::computed::Size;

/// A width that makes a percentage one that the engine passes on.
const TRIFLE: &str = "0.01px";

/// The columns whose widths were settled.
#[derive(Default)]
pub(super) struct Columns {
    settled: HashSet<NodeId>,
    /// The cell of the first row, and the cells whose contents may not fit.
    columns: Vec<(NodeId, Vec<NodeId>)>,
}

/// What a column asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Wish {
    percent: f32,
    pixels: f32,
}

impl Columns {
    pub(super) fn settle(&mut self, document: &mut BaseDocument) -> bool {
        let mut changed = false;
        for table in all(document, Part::Table) {
            let is_fixed = document
                .get_node(table)
                .and_then(|node| node.primary_styles().map(|style| style.clone_table_layout()))
                .is_none_or(|layout| layout == TableLayout::Fixed);
            if !is_fixed && self.settled.insert(table) {
                changed |= self.settle_table(document, table);
            }
        }
        changed
    }

    fn settle_table(&mut self, document: &mut BaseDocument, table: NodeId) -> bool {
        let cells: Vec<Cell> =
            grid::cells(document, &grid::rows(document, table)).into_iter().filter(|cell| cell.columns == 1).collect();
        let mut wishes: HashMap<usize, Wish> = column_wishes(document, table);
        let mut heads = HashMap::new();
        for cell in &cells {
            let wish = wish(document, cell.node);
            let column = wishes.entry(cell.column).or_default();
            column.percent = column.percent.max(wish.percent);
            column.pixels = column.pixels.max(wish.pixels);
            if cell.row == 0 {
                heads.insert(cell.column, (cell.node, wish));
            }
        }
        let mut changed = false;
        for (column, (head, own)) in heads {
            let wish = wishes.get(&column).copied().unwrap_or_default();
            if wish.percent > 0.0 {
                let width = format!("calc({}% + {TRIFLE})", wish.percent * 100.0);
                set(document, head, "width", &width);
                changed = true;
            } else if wish.pixels > own.pixels {
                set(document, head, "width", &format!("{}px", wish.pixels));
                changed = true;
            }
            if wish != Wish::default() {
                let members = cells.iter().filter(|cell| cell.column == column).map(|cell| cell.node).collect();
                self.columns.push((head, members));
            }
        }
        changed
    }

    /// Widens the columns that are too narrow for what is in them.
    pub(super) fn fit(&mut self, document: &mut BaseDocument) -> bool {
        let mut narrow = Vec::new();
        self.columns.retain(|(head, cells)| {
            let needed = cells.iter().filter_map(|cell| needed_width(document, *cell)).reduce(f32::max);
            narrow.extend(needed.map(|width| (*head, width)));
            needed.is_none()
        });
        for (head, width) in &narrow {
            set(document, *head, "width", &format!("{width}px"));
        }
        !narrow.is_empty()
    }
}

/// How wide a cell's contents are, where that is wider than the cell.
fn needed_width(document: &BaseDocument, cell: NodeId) -> Option<f32> {
    let layout = document.get_node(cell)?.final_layout();
    let within = layout.size.width - layout.border.left - layout.border.right - layout.padding.right;
    let right = layout.scrollable_overflow_rect.right;
    (right > within + 0.5).then(|| (right - layout.padding.left).ceil())
}

/// What a cell asks for by its own style.
fn wish(document: &BaseDocument, cell: NodeId) -> Wish {
    let Some(style) = document.get_node(cell).and_then(|node| Some(node.primary_styles()?.clone_width())) else {
        return Wish::default();
    };
    match &style {
        Size::LengthPercentage(width) => match (width.0.to_percentage(), width.0.to_length()) {
            (Some(percent), _) => Wish { percent: percent.0, pixels: 0.0 },
            (None, Some(length)) => Wish { percent: 0.0, pixels: length.px() },
            _ => Wish::default(),
        },
        _ => Wish::default(),
    }
}

/// What the `<col>` elements ask for in percent; their lengths the engine knows.
fn column_wishes(document: &BaseDocument, table: NodeId) -> HashMap<usize, Wish> {
    let mut wishes = HashMap::new();
    let mut at = 0;
    for column in of_kind(document, table, Part::Column) {
        let members = of_kind(document, column, Part::Column);
        let members = if members.is_empty() { vec![column] } else { members };
        for member in members {
            let Wish { percent, .. } = wish(document, member);
            for _ in 0..span(document, member, local_name!("span")) {
                wishes.insert(at, Wish { percent, pixels: 0.0 });
                at += 1;
            }
        }
    }
    wishes
}
