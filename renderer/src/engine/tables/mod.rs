//! What tables are in CSS beyond what the engine makes of them, each by means that it does understand.
//!
//! | module | what |
//! |---|---|
//! | [`anonymous`] | contents of tables that are no cells, and cells without a table |
//! | [`columns`] | widths of columns |
//! | [`measure`], [`distribute`] | how wide contents are, and how a table's width is shared out |
//! | [`captions`] | captions |
//! | [`borders`] | collapsed borders |
//! | [`baselines`] | cells whose first lines stand on one line |
//! | [`grid`] | which cell is where |
//!
//! What it comes to depends on the style, so it is done after that is known, and once for each element.

mod anonymous;
mod baselines;
mod borders;
mod captions;
mod columns;
mod distribute;
mod grid;
mod measure;

use super::computed;
use blitz_dom::traversal::TreeTraverser;
use blitz_dom::{BaseDocument, LocalName, Node, NodeId, QualName, ns};
use style::values::specified::box_::{DisplayInside, DisplayOutside};

use baselines::Baselines;
use borders::Borders;
pub(super) use borders::css_colour;
use captions::Captions;
use columns::Columns;

/// What a page knows of its tables.
#[derive(Default)]
pub(super) struct Tables {
    columns: Columns,
    captions: Captions,
    borders: Borders,
    baselines: Baselines,
}

impl Tables {
    /// To be called when styles are known. Returns whether anything has to be laid out anew.
    pub(super) fn settle(&mut self, document: &mut BaseDocument) -> bool {
        let wrapped = anonymous::wrap(document);
        let borders = self.borders.settle(document);
        let widths = self.columns.settle(document);
        let captions = self.captions.settle(document);
        self.baselines.settle(document);
        wrapped | borders | widths | captions
    }

    /// To be called when there may be other style sheets than before. Returns whether anything has to be laid out anew.
    pub(super) fn restyle(&mut self, document: &mut BaseDocument) -> bool {
        self.captions.forget(document)
    }

    /// To be called when sizes are known; `all` says that also widths of columns may be others than before. Returns whether anything
    /// has to be laid out anew.
    pub(super) fn fit(&mut self, document: &mut BaseDocument, all: bool) -> bool {
        let columns = all && self.columns.fit(document);
        columns | self.captions.fit(document) | self.baselines.fit(document)
    }
}

/// What a node is to a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Table,
    Group,
    Row,
    Cell,
    Caption,
    /// A column, or a group of them.
    Column,
    /// Text, or a box of another kind.
    Other,
    /// It makes no box in the flow.
    Nothing,
}

impl Part {
    fn of(document: &BaseDocument, id: NodeId) -> Self {
        let Some(node) = document.get_node(id) else { return Self::Nothing };
        if node.is_text_node() {
            return if node.is_whitespace_node() { Self::Nothing } else { Self::Other };
        }
        let Some(style) = node.primary_styles().filter(|_| node.is_element()) else { return Self::Nothing };
        let display = style.clone_display();
        if style.clone_position().is_absolutely_positioned() || display.is_none() {
            return Self::Nothing;
        }
        match (display.outside(), display.inside()) {
            (DisplayOutside::TableCaption, _) => Self::Caption,
            (_, DisplayInside::Table) => Self::Table,
            (_, DisplayInside::TableCell) => Self::Cell,
            (_, DisplayInside::TableRow) => Self::Row,
            (_, DisplayInside::TableRowGroup | DisplayInside::TableHeaderGroup | DisplayInside::TableFooterGroup) => {
                Self::Group
            }
            (_, DisplayInside::TableColumn | DisplayInside::TableColumnGroup) => Self::Column,
            _ => Self::Other,
        }
    }
}

/// All elements in the document that are this to a table.
fn all(document: &BaseDocument, part: Part) -> Vec<NodeId> {
    document
        .tree()
        .iter()
        .filter(|(_, node)| node.is_element() && node.flags.is_in_document())
        .map(|(id, _)| id)
        .filter(|id| Part::of(document, *id) == part)
        .collect()
}

/// All tables in the document, also those out of the flow, which are no parts of what is around them.
fn tables(document: &BaseDocument) -> Vec<NodeId> {
    let is_table = |node: &Node| {
        node.is_element()
            && node.flags.is_in_document()
            && node.primary_styles().is_some_and(|style| style.clone_display().inside() == DisplayInside::Table)
    };
    document.tree().iter().filter(|(_, node)| is_table(node)).map(|(id, _)| id).collect()
}

fn children(document: &BaseDocument, node: NodeId) -> Vec<(NodeId, Part)> {
    let children = document.get_node(node).map(|node| &node.children[..]).unwrap_or_default();
    children.iter().map(|child| (*child, Part::of(document, *child))).collect()
}

/// Has the engine build the boxes of an element and of all that is in it anew: what it left out before has none.
fn rebuild(document: &mut BaseDocument, root: NodeId) {
    let elements: Vec<NodeId> = TreeTraverser::new_with_root(document, root)
        .filter(|id| document.get_node(*id).is_some_and(|node| node.is_element()))
        .collect();
    // To take away an attribute, even one that is not there, is what damages an element in the engine's sense.
    let name = QualName::new(None, ns!(), LocalName::from("bulkhead-none"));
    for element in elements {
        document.mutate().clear_attribute(element, name.clone());
    }
}

/// Sets a property of an element, and has its table built anew: the engine looks at widths then only.
fn set(document: &mut BaseDocument, element: NodeId, property: &str, value: &str) {
    document.mutate().set_style_property(element, property, value);
    let name = QualName::new(None, ns!(), LocalName::from("bulkhead-none"));
    document.mutate().clear_attribute(element, name);
}

/// Marks an element for `additions.css`.
fn mark(document: &mut BaseDocument, node: NodeId, value: &str) {
    document.mutate().set_attribute(node, QualName::new(None, ns!(), LocalName::from(MARK)), value);
}

fn mark_of(document: &BaseDocument, node: NodeId) -> Option<&str> {
    document.get_node(node)?.attr(LocalName::from(MARK))
}

const MARK: &str = "bulkhead-table";
