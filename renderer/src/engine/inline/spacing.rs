//! Room for the margins, borders and paddings of inline elements. The engine lays out text as if they had none.
//!
//! Beside an element that has some goes an anonymous element with one character in it: a space that joins with what follows,
//! in a font of almost no size, and with letter spacing of the wanted width. So lines break where they would without, and
//! widths are right for all that the engine measures. Anonymous elements are none for selectors, and the character is not
//! copied.

use super::super::computed;
use ::style::properties::ComputedValues;
use ::style::servo_arc::Arc;
use ::style::values::computed::font::{FontSize, LineHeight};
use ::style::values::computed::text::{GenericLetterSpacing, WordSpacing};
use ::style::values::computed::{Length, LengthPercentage, NonNegativeLength, TextDecorationLine};
use ::style::values::specified::box_::Display;
use blitz_dom::{BaseDocument, ElementData, NodeData, NodeId, QualName, local_name, ns};
use std::collections::HashMap;

/// The figure space. Its line breaking class is `GL`: a line may break before it after a space, and nowhere else beside it.
pub(in super::super) const SPACE: &str = "\u{2007}";

/// CSS pixels. A font of no size at all has no metrics.
const FONT_SIZE: f32 = 0.000_001;

/// In one block. The engine ends with a panic where a block's lines have more than 65,535 styles, and every spacer has one; the
/// parser lets a block have 60,000 inline elements.
const MOST: usize = 5000;

/// Less than this is not seen.
const THINNEST: f32 = 0.01;

/// The two sides of an inline element in the order of its text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in super::super) enum Side {
    Start,
    End,
}

/// The spacers of a document.
#[derive(Debug, Default)]
pub(in super::super) struct Spacers {
    beside: HashMap<NodeId, Pair>,
    /// Whose spacer a node is.
    owners: HashMap<NodeId, (NodeId, Side)>,
    /// How many there are in the lines of a block.
    in_block: HashMap<NodeId, usize>,
}

#[derive(Debug, Default)]
struct Pair {
    start: Option<Spacer>,
    end: Option<Spacer>,
}

#[derive(Debug)]
struct Spacer {
    node: NodeId,
    width: f32,
    /// What its style was made from.
    styles: Styles,
}

/// The styles of an inline element and of the one around it.
#[derive(Clone, Debug)]
struct Styles {
    own: Arc<ComputedValues>,
    parent: Arc<ComputedValues>,
}

impl Spacers {
    /// The inline element that a node makes room for, and at which side.
    pub(in super::super) fn owner(&self, node: NodeId) -> Option<(NodeId, Side)> {
        self.owners.get(&node).copied()
    }

    /// The spacers of an inline element.
    pub(in super::super) fn beside(&self, element: NodeId) -> impl Iterator<Item = NodeId> {
        let pair = self.beside.get(&element);
        pair.into_iter().flat_map(|pair| [&pair.start, &pair.end].into_iter().flatten().map(|spacer| spacer.node))
    }

    /// Whether an element has or had room made for it.
    pub(in super::super) fn has(&self, element: NodeId) -> bool {
        !self.beside.is_empty() && self.beside.contains_key(&element)
    }

    /// Whether an inline element of a style asks for room.
    pub(in super::super) fn are_wanted(style: &ComputedValues) -> bool {
        let (start, end) = widths(style);
        start.abs() >= THINNEST || end.abs() >= THINNEST
    }

    /// Gives an inline element the room that its style asks for.
    pub(in super::super) fn fit(&mut self, document: &mut BaseDocument, element: NodeId) {
        let Some(own) = computed::of(document, element) else { return };
        let (start, end) = widths(&own);
        let Some(node) = document.get_node(element) else { return };
        // A block within it breaks it into pieces that the engine lays out apart.
        let broken = node.is_or_contains_block();
        let Some(parent) = node.parent.and_then(|parent| computed::of(document, parent)) else { return };
        let styles = Styles { own, parent };
        for (side, width) in [(Side::Start, start), (Side::End, end)] {
            let width = if broken || width.abs() < THINNEST { 0.0 } else { width };
            self.fit_side(document, element, side, width, &styles);
        }
    }

    /// Takes away the room of an element that is no inline element any more.
    pub(in super::super) fn remove(&mut self, document: &mut BaseDocument, element: NodeId) {
        let Some(pair) = self.beside.get_mut(&element) else { return };
        for spacer in [&mut pair.start, &mut pair.end].into_iter().flatten() {
            if spacer.width != 0.0 {
                spacer.width = 0.0;
                dress(document, element, spacer);
            }
        }
    }

    fn fit_side(&mut self, document: &mut BaseDocument, element: NodeId, side: Side, width: f32, styles: &Styles) {
        let pair = self.beside.entry(element).or_default();
        let slot = if side == Side::Start { &mut pair.start } else { &mut pair.end };
        match slot {
            None if width == 0.0 => {}
            None => {
                let in_block = self.in_block.entry(block_around(document, element)).or_default();
                if *in_block >= MOST {
                    return;
                }
                let Some(node) = insert(document, element, side) else { return };
                *in_block += 1;
                let spacer = slot.insert(Spacer { node, width, styles: styles.clone() });
                dress(document, element, spacer);
                self.owners.insert(node, (element, side));
            }
            Some(spacer) if spacer.width == width && spacer.styles.are(styles) => {}
            Some(spacer) => {
                spacer.width = width;
                spacer.styles = styles.clone();
                dress(document, element, spacer);
            }
        }
    }
}

/// How much room an inline element takes at its start and its end.
fn widths(style: &ComputedValues) -> (f32, f32) {
    let (margin, border, padding) = (computed::margin(style), computed::border(style), computed::padding(style));
    let left = (margin.x0 + border.x0 + padding.x0) as f32;
    let right = (margin.x1 + border.x1 + padding.x1) as f32;
    if computed::is_rtl(style) { (right, left) } else { (left, right) }
}

impl Styles {
    fn are(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.own, &other.own) && Arc::ptr_eq(&self.parent, &other.parent)
    }
}

/// The nearest element around an inline one that is none itself.
fn block_around(document: &BaseDocument, element: NodeId) -> NodeId {
    let parent = document.get_node(element).and_then(|node| node.parent).and_then(|parent| document.get_node(parent));
    match parent {
        Some(parent) if parent.primary_styles().is_some_and(|style| computed::is_inline(parent, &style)) => {
            block_around(document, parent.id)
        }
        Some(parent) => parent.id,
        None => element,
    }
}

/// Puts a spacer beside an element.
fn insert(document: &mut BaseDocument, element: NodeId, side: Side) -> Option<NodeId> {
    let parent = document.get_node(element)?.parent?;
    yield_white_space(document, parent, element, side);
    let name = QualName::new(None, ns!(html), local_name!("span"));
    let spacer = document.create_node(NodeData::AnonymousBlock(Box::new(ElementData::new(name, Vec::new()))));
    let text = document.create_text_node(SPACE);
    document.get_node_mut(text)?.parent = Some(spacer);
    document.get_node_mut(spacer)?.children.push(text);
    let siblings = &mut document.get_node_mut(parent)?.children;
    let at = siblings.iter().position(|sibling| *sibling == element)?;
    siblings.insert(if side == Side::Start { at } else { at + 1 }, spacer);
    Some(spacer)
}

/// Gives a spacer its style, and has the lines around it made anew.
fn dress(document: &mut BaseDocument, element: NodeId, spacer: &Spacer) {
    let around = document.get_node(element).and_then(|node| node.parent);
    let Some(node) = document.get_node_mut(spacer.node) else { return };
    // Among its parent's children it is beside the element, but a pointer over it is over the element. Where that has a line
    // under its text, its room has none.
    let is_plain = spacer.styles.own.get_text().text_decoration_line == TextDecorationLine::NONE;
    node.parent = if is_plain { Some(element) } else { around };
    if let Some(data) = node.try_stylo_element_data_mut() {
        let mut data = data.ensure_init_mut();
        data.styles.primary = Some(Arc::new(style(&spacer.styles, spacer.width)));
        data.set_restyled();
    }
    node.insert_damage(computed::REBUILD);
    if let Some(around) = around.and_then(|around| document.get_node_mut(around)) {
        around.insert_damage(computed::REBUILD);
    }
}

/// Of two neighbouring white spaces the second is collapsed, but the engine does not see over the spacer between them. So the
/// second is taken out of the text.
fn yield_white_space(document: &mut BaseDocument, parent: NodeId, element: NodeId, side: Side) {
    let Some(siblings) = document.get_node(parent).map(|node| node.children.clone()) else { return };
    let Some(at) = siblings.iter().position(|sibling| *sibling == element) else { return };
    let before = |node: Option<&NodeId>| node.is_none_or(|node| edge_is_white(document, *node, Side::End));
    let (follows_white, second) = match side {
        Side::Start => (before(siblings[..at].last()), first_text(document, element)),
        Side::End => (
            edge_is_white(document, element, Side::End),
            siblings.get(at + 1).and_then(|node| first_text(document, *node)),
        ),
    };
    let Some(second) = second.filter(|_| follows_white) else { return };
    if collapses(document, second)
        && let Some(text) = document.get_node_mut(second).and_then(|node| node.text_data_mut())
        && text.content.starts_with(|c: char| c.is_ascii_whitespace())
    {
        text.content = text.content.trim_ascii_start().to_owned();
    }
}

fn edge_is_white(document: &BaseDocument, node: NodeId, side: Side) -> bool {
    let Some(data) = document.get_node(node) else { return false };
    if let Some(text) = data.text_data() {
        let is_white = |c: char| c.is_ascii_whitespace();
        return if side == Side::Start { text.content.starts_with(is_white) } else { text.content.ends_with(is_white) };
    }
    let inner = if side == Side::Start { data.children.first() } else { data.children.last() };
    inner.is_some_and(|inner| edge_is_white(document, *inner, side))
}

fn first_text(document: &BaseDocument, node: NodeId) -> Option<NodeId> {
    let data = document.get_node(node)?;
    if data.is_text_node() {
        return Some(node);
    }
    first_text(document, *data.children.first()?)
}

fn collapses(document: &BaseDocument, text: NodeId) -> bool {
    use ::style::computed_values::white_space_collapse::T as WhiteSpaceCollapse;
    let parent = document.get_node(text).and_then(|node| node.parent);
    parent
        .and_then(|parent| computed::of(document, parent))
        .is_none_or(|style| style.clone_white_space_collapse() == WhiteSpaceCollapse::Collapse)
}

fn style(styles: &Styles, width: f32) -> ComputedValues {
    let mut style = computed::anonymous(&styles.parent);
    if width == 0.0 {
        style.mutate_box().display = Display::None;
        return style;
    }
    *style.mutate_inherited_ui() = styles.own.get_inherited_ui().clone();
    let size = NonNegativeLength::new(FONT_SIZE);
    let font = style.mutate_font();
    let keyword_info = font.font_size.keyword_info;
    font.font_size = FontSize { computed_size: size, used_size: size, keyword_info };
    font.line_height = LineHeight::Length(NonNegativeLength::new(0.0));
    let text = style.mutate_inherited_text();
    text.letter_spacing = GenericLetterSpacing(LengthPercentage::new_length(Length::new(width)));
    text.word_spacing = WordSpacing::new_length(Length::new(0.0));
    style
}
