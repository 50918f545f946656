//! Empty inline elements between blocks, such as `<a id=chapter></a>`. The engine wraps them in a block with a line, which keeps
//! the margins around it apart and is lost as the only content of a block. CSS has no line there (CSS 2, section 9.4.2), so
//! they are made empty blocks, which do nothing to what is around them and can still be scrolled to.
//!
//! An empty `inline-block` does have a line there, which the engine leaves out: one as high as its text would be, or, in quirks mode,
//! one of no height, which keeps margins apart. So does an item of a list, whose marker is there.

use super::computed;
use super::quirky_edges::QUIRKS;
use blitz_dom::{BaseDocument, LocalName, Node, NodeId, QualName, local_name, ns};
use peniko::kurbo::Insets;
use style::computed_values::float::T as Float;
use style::computed_values::position::T as Position;
use style::counter_style::CounterStyle;
use style::properties::ComputedValues;
use style::values::computed::{Image, Size};
use style::values::specified::box_::{DisplayInside, DisplayOutside};

/// What marks such an element; `additions.css` makes blocks of those.
const MARK: &str = "bulkhead-empty";

/// Its value for an item of a list, which has a line all the same.
const ITEM: &str = "item";

/// Elements without contents that are seen all the same, or break the line.
const SEEN: [LocalName; 14] = [
    local_name!("img"),
    local_name!("br"),
    local_name!("wbr"),
    local_name!("hr"),
    local_name!("input"),
    local_name!("button"),
    local_name!("select"),
    local_name!("textarea"),
    local_name!("svg"),
    local_name!("canvas"),
    local_name!("iframe"),
    local_name!("video"),
    local_name!("embed"),
    local_name!("object"),
];

/// The empty elements of a document that may turn out to be inline.
#[derive(Default)]
pub(super) struct EmptyInlines {
    candidates: Vec<NodeId>,
}

impl EmptyInlines {
    /// Finds the elements without contents.
    pub(super) fn find(document: &BaseDocument) -> Self {
        let is_candidate = |node: &Node| {
            node.flags.is_in_document()
                && node
                    .element_data()
                    .is_some_and(|element| element.name.ns == ns!(html) && !SEEN.contains(&element.name.local))
                && node.children.iter().all(|child| document.get_node(*child).is_some_and(is_nothing))
        };
        let found = document.tree().iter().filter(|(_, node)| is_candidate(node));
        Self { candidates: found.map(|(id, _)| id).collect() }
    }

    /// Marks those that have no line of text to be in. To be called when styles are known.
    pub(super) fn settle(&mut self, document: &mut BaseDocument) {
        let (found, rest): (Vec<NodeId>, Vec<NodeId>) =
            self.candidates.iter().partition(|id| is_empty_inline(document, **id) && stands_alone(document, **id));
        let (lines, rest): (Vec<NodeId>, Vec<NodeId>) = rest.iter().partition(|id| {
            is_marked_item(document, **id) || is_empty_box(document, **id) && stands_alone(document, **id)
        });
        if found.is_empty() && lines.is_empty() {
            return;
        }
        self.candidates = rest;
        let is_quirky = document.try_root_element().is_some_and(|root| root.attr(LocalName::from(QUIRKS)).is_some());
        let mark = QualName::new(None, ns!(), LocalName::from(MARK));
        let mut mutator = document.mutate();
        for id in found {
            mutator.set_attribute(id, mark.clone(), "");
        }
        for id in lines {
            let is_item = mutator.doc.get_node(id).is_some_and(is_item);
            let value = if is_item {
                ITEM
            } else if is_quirky {
                "apart"
            } else {
                "line"
            };
            mutator.set_attribute(id, mark.clone(), value);
        }
    }
}

/// Whether a node makes no box whatever its style is.
fn is_nothing(node: &Node) -> bool {
    match node.text_data() {
        Some(text) => text.content.trim_ascii().is_empty(),
        None => !node.is_element(),
    }
}

fn is_empty_inline(document: &BaseDocument, id: NodeId) -> bool {
    let Some(node) = document.get_node(id) else { return false };
    let has_pseudos = node.before().is_some() || node.after().is_some();
    let Some(style) = node.primary_styles() else { return false };
    let display = style.clone_display();
    matches!((display.outside(), display.inside()), (DisplayOutside::Inline, DisplayInside::Flow))
        && style.clone_float() == Float::None
        && style.clone_position() == Position::Static
        && !has_pseudos
        && !takes_room(&style)
}

fn is_item(node: &Node) -> bool {
    node.primary_styles().is_some_and(|style| style.clone_display().is_list_item())
}

/// Whether it is an item of a list that has a marker.
fn is_marked_item(document: &BaseDocument, id: NodeId) -> bool {
    let Some(node) = document.get_node(id).filter(|node| is_item(node)) else { return false };
    node.before().is_none()
        && node.primary_styles().is_some_and(|style| {
            style.clone_list_style_type().0 != CounterStyle::None || style.clone_list_style_image() != Image::None
        })
}

/// Gives an item of a list a line where there is nothing in it but an image that has not come. Returns whether it does.
pub(super) fn keep_line(document: &mut BaseDocument, image: NodeId) -> bool {
    let item = document.get_node(image).and_then(|node| node.parent).filter(|item| is_marked_item(document, *item));
    let Some(item) = item else { return false };
    let is_alone = document.get_node(item).is_some_and(|node| {
        node.children.iter().all(|child| *child == image || document.get_node(*child).is_some_and(is_nothing))
    });
    let mark = LocalName::from(MARK);
    if !is_alone || document.get_node(item).is_some_and(|item| item.attr(mark.clone()).is_some()) {
        return false;
    }
    document.mutate().set_attribute(item, QualName::new(None, ns!(), mark), ITEM);
    true
}

/// Whether it is an `inline-block` of no size.
fn is_empty_box(document: &BaseDocument, id: NodeId) -> bool {
    let Some(node) = document.get_node(id) else { return false };
    let Some(style) = node.primary_styles() else { return false };
    let display = style.clone_display();
    matches!((display.outside(), display.inside()), (DisplayOutside::Inline, DisplayInside::FlowRoot))
        && style.clone_float() == Float::None
        && !style.clone_position().is_absolutely_positioned()
        && style.clone_width() == Size::Auto
        && style.clone_height() == Size::Auto
        && computed::margin(&style) == Insets::ZERO
        && computed::padding(&style) == Insets::ZERO
        && computed::border(&style) == Insets::ZERO
        && node.before().is_none()
        && node.after().is_none()
}

/// Whether an empty inline box would be seen, or move what is beside it.
fn takes_room(style: &ComputedValues) -> bool {
    let padding = style.get_padding();
    let has_border =
        !style.clone_border_left_style().none_or_hidden() || !style.clone_border_right_style().none_or_hidden();
    let is_zero = |length: &style::values::computed::NonNegativeLengthPercentage| {
        length.0.to_length().is_some_and(|length| length.px() == 0.0)
    };
    has_border || !is_zero(&padding.padding_left) || !is_zero(&padding.padding_right)
}

/// Whether nothing that makes a line is on either side, up to the next block or the end of the parent.
fn stands_alone(document: &BaseDocument, id: NodeId) -> bool {
    let Some(parent) = document.get_node(id).and_then(|node| node.parent).and_then(|id| document.get_node(id)) else {
        return false;
    };
    // Within another inline element, it is up to that to be empty.
    let is_block = parent.primary_styles().is_some_and(|style| {
        matches!(
            style.clone_display().inside(),
            DisplayInside::Flow | DisplayInside::FlowRoot | DisplayInside::TableCell
        ) && style.clone_display().outside() != DisplayOutside::Inline
            || style.clone_display().inside() == DisplayInside::FlowRoot
    });
    let Some(index) = parent.children.iter().position(|child| *child == id) else { return false };
    let (before, after) = parent.children.split_at(index);
    is_block
        && parent.before().is_none()
        && parent.after().is_none()
        && before.iter().rev().find_map(|id| ends_run(document, *id)).unwrap_or(true)
        && after[1..].iter().find_map(|id| ends_run(document, *id)).unwrap_or(true)
}

/// Of a sibling: whether it is a block, which ends the run of inline content, or content of a line. `None` where it is neither.
fn ends_run(document: &BaseDocument, id: NodeId) -> Option<bool> {
    let node = document.get_node(id)?;
    if node.is_collapsible_whitespace_node() || !(node.is_element() || node.is_text_node()) {
        return None;
    }
    let Some(style) = node.primary_styles() else { return Some(false) };
    let display = style.clone_display();
    match display.outside() {
        DisplayOutside::None if display.inside() == DisplayInside::None => None,
        DisplayOutside::Inline
            if is_empty_inline(document, id)
                && node.children.iter().all(|child| document.get_node(*child).is_some_and(is_nothing)) =>
        {
            None
        }
        DisplayOutside::Inline | DisplayOutside::None => Some(false),
        _ => Some(true),
    }
}
