//! The widths of columns in tables whose layout is not fixed (CSS Tables 3, section 3.8). The engine makes a grid of such a table:
//! it takes widths from the first row and the `<col>` elements, no percentages, a width that it takes is final, and what is left over
//! or missing it shares out in equal parts.
//!
//! So widths are worked out here from what the engine has laid out ([`measure`](super::measure),
//! [`distribute`](super::distribute)), and where they are others than the engine's, `<col>` elements get them: the page's own, or ones that
//! are added.

use super::distribute::{self, Column};
use super::grid::{self, Cell, of_kind, span};
use super::measure::{Ruler, Widths, is_border_box};
use super::{Part, computed, set, tables};
use blitz_dom::node::Attribute;
use blitz_dom::{BaseDocument, LocalName, Node, NodeId, QualName, local_name, ns};
use std::collections::{HashMap, HashSet};
use style::computed_values::border_collapse::T as BorderCollapse;
use style::computed_values::float::T as Float;
use style::computed_values::table_layout::T as TableLayout;
use style::properties::ComputedValues;
use style::values::computed::Size;

/// A column that has a width and no place in the page.
const ELEMENT: &str = "bulkhead-column";

/// CSS pixels. Less does not matter.
const TOLERANCE: f32 = 0.25;

/// What was done about the columns of a page.
#[derive(Default)]
pub(super) struct Columns {
    tables: HashMap<NodeId, Settled>,
    view_width: f32,
}

/// What was done about one table.
#[derive(Default)]
struct Settled {
    /// What the page's own `<col>` elements ask for.
    wishes: Vec<Column>,
    /// The elements that have the widths, one for each column.
    carriers: Vec<NodeId>,
    widths: Vec<f32>,
}

/// What is known of one table in this state of the layout.
struct Measured {
    columns: Vec<Column>,
    /// All that is no column: borders, padding, spacing.
    edges: f32,
    /// Where each column has a cell of its own, how wide that is.
    current: Vec<Option<f32>>,
}

impl Columns {
    /// Forgets widths that were worked out for another width of the window. Returns whether there were any.
    pub(super) fn settle(&mut self, document: &mut BaseDocument) -> bool {
        let width = document.viewport().logical_size().0;
        if width == std::mem::replace(&mut self.view_width, width) {
            return false;
        }
        let mut changed = false;
        for (table, settled) in &mut self.tables {
            settled.widths.clear();
            for column in &settled.carriers {
                set(document, *column, "width", "auto");
                changed = true;
            }
            if !settled.carriers.is_empty() {
                set(document, *table, "--bulkhead-columns", "auto");
            }
        }
        changed
    }

    /// Gives columns their widths. To be called when sizes are known. Returns whether any has changed.
    pub(super) fn fit(&mut self, document: &mut BaseDocument) -> bool {
        let found: Vec<NodeId> = tables(document).into_iter().filter(|id| is_auto(document, *id)).collect();
        let mut ruler = Ruler { document, tables: HashMap::new() };
        let mut measured = Vec::new();
        // From the inner to the outer.
        for table in found.into_iter().rev() {
            let settled = self
                .tables
                .entry(table)
                .or_insert_with(|| Settled { wishes: column_wishes(ruler.document, table), ..Settled::default() });
            let Some(found) = measure(&ruler, table, &settled.wishes) else { continue };
            ruler.tables.insert(table, own_widths(ruler.document, table, &found));
            measured.push((table, found));
        }
        let mut changes = Vec::new();
        for (table, found) in measured {
            let Some(width) = used_width(document, table, &found) else { continue };
            let widths = distribute::widths(&found.columns, (width - found.edges).max(0.0));
            let settled = &self.tables[&table];
            let same = |wanted: &f32, now: &f32| (wanted - now).abs() < TOLERANCE;
            let is_right = if settled.widths.len() == widths.len() {
                widths.iter().zip(&settled.widths).all(|(wanted, now)| same(wanted, now))
            } else {
                settled.carriers.is_empty()
                    && widths.iter().zip(&found.current).all(|(wanted, now)| now.is_some_and(|now| same(wanted, &now)))
            };
            if !is_right {
                changes.push((table, widths));
            }
        }
        for (table, widths) in &changes {
            self.impose(document, *table, widths);
        }
        if !changes.is_empty() {
            forget_sizes_around_floats(document);
        }
        !changes.is_empty()
    }

    fn impose(&mut self, document: &mut BaseDocument, table: NodeId, widths: &[f32]) {
        let Some(settled) = self.tables.get_mut(&table) else { return };
        if settled.carriers.len() != widths.len() {
            settled.carriers = carriers(document, table, widths.len());
        }
        for (column, width) in settled.carriers.iter().zip(widths) {
            set(document, *column, "width", &format!("{}px", width.max(0.01)));
        }
        // The engine looks at columns when it builds their table.
        set(document, table, "--bulkhead-columns", "set");
        settled.widths = widths.to_vec();
    }
}

/// Has the next layout go through all boxes that have floats in them. The engine knows the places of floats only from this: a box
/// whose size it remembers is not gone through, and a box after it is then laid out as if there were no floats.
fn forget_sizes_around_floats(document: &mut BaseDocument) {
    let is_float = |node: &Node| {
        node.flags.is_in_document() && node.primary_styles().is_some_and(|style| style.clone_float() != Float::None)
    };
    let floats: Vec<NodeId> = document.tree().iter().filter(|(_, node)| is_float(node)).map(|(id, _)| id).collect();
    let mut around = HashSet::new();
    for float in floats {
        let mut next = Some(float);
        while let Some(node) = next.filter(|id| around.insert(*id)).and_then(|id| document.get_node_mut(id)) {
            node.clear_layout_cache();
            next = node.layout_parent.get();
        }
    }
}

/// The elements that have the widths of the columns.
fn carriers(document: &mut BaseDocument, table: NodeId, number: usize) -> Vec<NodeId> {
    let mut own = Vec::new();
    for column in of_kind(document, table, Part::Column) {
        let members = of_kind(document, column, Part::Column);
        own.extend(if members.is_empty() { vec![column] } else { members });
    }
    if own.len() == number && own.iter().all(|column| span(document, *column, local_name!("span")) == 1) {
        return own;
    }
    for column in own {
        set(document, column, "display", "none");
    }
    let mut mutator = document.mutate();
    let name = QualName::new(None, ns!(html), LocalName::from(ELEMENT));
    let added: Vec<NodeId> =
        (0..number).map(|_| mutator.create_element(name.clone(), Vec::<Attribute>::new())).collect();
    mutator.append_children(table, &added);
    added
}

fn is_auto(document: &BaseDocument, table: NodeId) -> bool {
    document.get_node(table).and_then(|node| node.primary_styles().map(|style| style.clone_table_layout()))
        == Some(TableLayout::Auto)
}

fn measure(ruler: &Ruler<'_>, table: NodeId, wishes: &[Column]) -> Option<Measured> {
    let document = ruler.document;
    let style = computed::of(document, table)?;
    let cells: Vec<Cell> = grid::cells(document, &grid::rows(document, table));
    let number = cells.iter().map(|cell| cell.column + cell.columns).max()?;
    let collapsed = style.clone_border_collapse() == BorderCollapse::Collapse;
    let (spacing, edges) = if collapsed {
        let border = computed::border(&*computed::of(document, cells.first()?.node)?);
        let gap = border.x0.max(border.x1) as f32;
        (gap, 2.0 * gap)
    } else {
        let spacing = style.clone_border_spacing().0.width.px();
        (spacing, Ruler::edges(&style) + 2.0 * spacing)
    };
    let mut columns = vec![Column::default(); number];
    columns.iter_mut().zip(wishes).for_each(|(column, wish)| *column = *wish);
    let mut current = vec![None; number];
    let mut spanning = Vec::new();
    for cell in &cells {
        let wish = cell_wish(ruler, cell.node)?;
        if cell.columns > 1 {
            spanning.push((cell, wish));
            continue;
        }
        columns[cell.column].encompass(wish);
        current[cell.column] = Some(document.get_node(cell.node)?.unrounded_layout().size.width);
    }
    spanning.sort_by_key(|(cell, _)| cell.columns);
    for (cell, wish) in spanning {
        distribute::span(&mut columns[cell.column..cell.column + cell.columns], wish, spacing);
    }
    Some(Measured { columns, edges: edges + spacing * (number - 1) as f32, current })
}

fn cell_wish(ruler: &Ruler<'_>, cell: NodeId) -> Option<Column> {
    let node = ruler.document.get_node(cell)?;
    let style = computed::of(ruler.document, cell)?;
    let edges = Ruler::edges(&style);
    let widths = ruler.contents(node);
    let mut column = Column { min: widths.min + edges, max: widths.max + edges, percent: 0.0, constrained: false };
    let outer = if is_border_box(&style) { 0.0 } else { edges };
    if let Some(least) = length(&style.clone_min_width()) {
        column.min = column.min.max(least + outer);
    }
    let wish = wish(&style);
    column.percent = wish.percent;
    if wish.constrained {
        column.constrained = true;
        column.max = wish.max + outer;
    }
    column.max = column.max.max(column.min);
    Some(column)
}

/// What a style asks for.
fn wish(style: &ComputedValues) -> Column {
    let Size::LengthPercentage(width) = style.clone_width() else { return Column::default() };
    match (width.0.to_percentage(), width.0.to_length()) {
        (Some(percent), _) => Column { percent: percent.0, ..Column::default() },
        (None, Some(length)) if length.px() > 0.0 => {
            Column { max: length.px(), constrained: true, ..Column::default() }
        }
        _ => Column::default(),
    }
}

fn length(size: &Size) -> Option<f32> {
    match size {
        Size::LengthPercentage(width) => width.0.to_length().map(|width| width.px()),
        _ => None,
    }
}

/// What the `<col>` elements ask for.
fn column_wishes(document: &BaseDocument, table: NodeId) -> Vec<Column> {
    let mut wishes = Vec::new();
    for column in of_kind(document, table, Part::Column) {
        let members = of_kind(document, column, Part::Column);
        let members = if members.is_empty() { vec![column] } else { members };
        for member in members {
            let wish = computed::of(document, member).map(|style| wish(&style)).unwrap_or_default();
            wishes.extend(std::iter::repeat_n(wish, span(document, member, local_name!("span"))));
        }
    }
    wishes
}

/// How wide the table is by itself.
fn own_widths(document: &BaseDocument, table: NodeId, found: &Measured) -> Widths {
    let (min, max) = distribute::intrinsic(&found.columns);
    let (min, max) = (min + found.edges, max + found.edges);
    let style = computed::of(document, table);
    let outer = style.as_ref().map_or(0.0, |style| if is_border_box(style) { 0.0 } else { Ruler::edges(style) });
    match style.and_then(|style| length(&style.clone_width())) {
        Some(width) => Widths { min: min.max(width + outer), max: min.max(width + outer) },
        None => Widths { min, max },
    }
}

/// How wide the table is in its place.
fn used_width(document: &BaseDocument, table: NodeId, found: &Measured) -> Option<f32> {
    let node = document.get_node(table)?;
    let style = computed::of(document, table)?;
    let own = own_widths(document, table, found);
    if !matches!(style.clone_width(), Size::Auto) {
        return Some(node.unrounded_layout().size.width.max(own.min));
    }
    let parent = document.get_node(node.layout_parent.get()?)?.unrounded_layout();
    let inner =
        parent.size.width - (parent.padding.left + parent.padding.right + parent.border.left + parent.border.right);
    let margin = computed::margin(&style);
    Some(own.max.min(inner - (margin.x0 + margin.x1) as f32).max(own.min))
}
