//! Boxes that a table needs and the document does not name (CSS 2.2, section 17.2.1, "Anonymous table objects"). The engine makes
//! none, and leaves out what is no cell.
//!
//! A table without any cell is a block as wide as its contents. Else what is no cell gets one around it, an element; which a page's
//! own style sheet may notice, where it selects children of rows.

use super::grid::{of_kind, rows};
use super::{Part, all, children, mark, mark_of, rebuild};
use blitz_dom::node::Attribute;
use blitz_dom::{BaseDocument, LocalName, NodeId, QualName, ns};
use style::values::specified::box_::DisplayOutside;

/// The elements that stand for anonymous boxes.
const ROW: &str = "bulkhead-row";
const CELL: &str = "bulkhead-cell";
const TABLE: &str = "bulkhead-anonymous-table";

/// Makes the boxes that are missing. Returns whether there were any.
pub(super) fn wrap(document: &mut BaseDocument) -> bool {
    let mut changed = false;
    for table in all(document, Part::Table) {
        if mark_of(document, table).is_none() {
            changed |= settle_table(document, table);
        }
    }
    for cell in all(document, Part::Cell) {
        changed |= settle_cell(document, cell);
    }
    changed
}

fn settle_table(document: &mut BaseDocument, table: NodeId) -> bool {
    let parts = children(document, table);
    let rows: Vec<NodeId> = rows(document, table);
    let strays = |parts: &[(NodeId, Part)]| parts.iter().any(|(_, part)| matches!(part, Part::Other | Part::Table));
    let has_cells = parts.iter().any(|(_, part)| *part == Part::Cell)
        || rows.iter().any(|row| children(document, *row).iter().any(|(_, part)| *part == Part::Cell));
    let row_has_strays = rows.iter().any(|row| strays(&children(document, *row)));
    if !strays(&parts) && !row_has_strays {
        return false;
    }
    if !has_cells {
        mark(document, table, if is_inline(document, table) { "inline-flow" } else { "flow" });
        for (child, part) in parts {
            match part {
                Part::Row | Part::Group => mark(document, child, "block"),
                Part::Caption => mark(document, child, "caption-in-flow"),
                _ => {}
            }
        }
        rows.into_iter().for_each(|row| mark(document, row, "block"));
        rebuild(document, table);
        return true;
    }
    for row in rows {
        wrap_runs(document, row, CELL, |part| matches!(part, Part::Other | Part::Table));
    }
    wrap_runs(document, table, CELL, |part| matches!(part, Part::Other | Part::Table));
    if parts.iter().any(|(_, part)| matches!(part, Part::Row | Part::Group)) {
        wrap_runs(document, table, ROW, |part| matches!(part, Part::Cell | Part::Other | Part::Table));
    }
    rebuild(document, table);
    true
}

fn is_inline(document: &BaseDocument, node: NodeId) -> bool {
    let display = document.get_node(node).and_then(|node| Some(node.primary_styles()?.clone_display()));
    display.is_some_and(|display| display.outside() == DisplayOutside::Inline)
}

/// Puts each run of children that are wanted into an element of its own.
fn wrap_runs(document: &mut BaseDocument, parent: NodeId, name: &str, wanted: impl Fn(Part) -> bool) {
    let mut run: Vec<NodeId> = Vec::new();
    let mut runs = Vec::new();
    for (child, part) in children(document, parent) {
        // What makes no box is part of a run that has begun.
        if wanted(part) || part == Part::Nothing && !run.is_empty() {
            run.push(child);
        } else {
            runs.push(std::mem::take(&mut run));
        }
    }
    runs.push(run);
    for run in runs {
        let Some(first) = run.first() else { continue };
        let mut mutator = document.mutate();
        let wrapper =
            mutator.create_element(QualName::new(None, ns!(html), LocalName::from(name)), Vec::<Attribute>::new());
        mutator.insert_nodes_before(*first, &[wrapper]);
        mutator.append_children(wrapper, &run);
    }
}

/// Cells without a table stand side by side in one. Returns whether this is such a cell.
fn settle_cell(document: &mut BaseDocument, cell: NodeId) -> bool {
    let Some(parent) = document.get_node(cell).and_then(|node| node.parent) else { return false };
    if Part::of(document, parent) != Part::Other || mark_of(document, cell).is_some() {
        return false;
    }
    for cell in of_kind(document, parent, Part::Cell) {
        mark(document, cell, "cell");
    }
    wrap_runs(document, parent, TABLE, |part| part == Part::Cell);
    rebuild(document, parent);
    true
}
