//! Generated content: what the engine leaves out of `::before`, `::after` and `::first-letter`.
//!
//! The engine takes a pseudo-element's text from strings in `content` alone, so counters and quotation marks are made strings
//! in its style. And it lays out a pseudo-element as part of a line wherever the element has only text, so one that is a block
//! gets an empty, anonymous block beside the text, and one that has a margin is made an inline block. Pseudo-elements of inline
//! elements within inline elements get no node from the engine at all; they get it here.

mod counters;
mod first_letter;
mod host;

use super::computed;
use super::inline::spacing::Spacers;
use ::style::computed_values::float::T as Float;
use ::style::properties::ComputedValues;
use ::style::selector_parser::PseudoElement;
use ::style::servo_arc::Arc;
use ::style::values::computed::counters::ContentItem;
use ::style::values::generics::counters::Content;
use ::style::values::specified::box_::{Display, DisplayInside, DisplayOutside};
use blitz_dom::{BaseDocument, ElementData, Node, NodeData, NodeId, QualName, local_name, ns};
use first_letter::FirstLetters;
use peniko::kurbo::Insets;
use std::collections::HashMap;

/// The pseudo-elements that have text of their own.
const PSEUDOS: [PseudoElement; 2] = [PseudoElement::Before, PseudoElement::After];

/// What has been made good in a document.
#[derive(Default)]
pub(super) struct Generated {
    pseudos: HashMap<(NodeId, PseudoElement), Pseudo>,
    /// The empty blocks in elements that have a block beside their text.
    blocks: HashMap<NodeId, NodeId>,
    letters: FirstLetters,
    /// Whether some style counts.
    counts: bool,
}

/// A pseudo-element's style, as the style system made it and as the engine is to see it.
struct Pseudo {
    original: Arc<ComputedValues>,
    amended: Arc<ComputedValues>,
}

/// What a walk finds.
#[derive(Default)]
pub(super) struct Found {
    /// Elements with pseudo-elements.
    elements: Vec<NodeId>,
    counts: bool,
}

impl Found {
    /// Elements with pseudo-elements.
    pub(super) fn elements(&self) -> impl Iterator<Item = NodeId> {
        self.elements.iter().copied()
    }

    /// Looks at an element.
    pub(super) fn look(&mut self, node: &Node, style: &ComputedValues) {
        let counters = style.get_counters();
        self.counts |= !counters.counter_increment.is_empty() || !counters.counter_reset.is_empty();
        let Some(data) = node.try_stylo_element_data().and_then(|data| data.get()) else { return };
        if data.styles.pseudos.is_empty() && node.before().is_none() && node.after().is_none() {
            return;
        }
        self.elements.push(node.id);
        self.counts |= PSEUDOS
            .iter()
            .filter_map(|pseudo| data.styles.pseudos.get(pseudo))
            .any(|style| !counters::items(style).is_empty());
    }
}

impl Generated {
    /// Makes good what a walk has found.
    pub(super) fn amend(&mut self, document: &mut BaseDocument, found: Found, spacers: &mut Spacers) {
        self.counts |= found.counts;
        let mut texts = if self.counts { counters::texts(document, self) } else { HashMap::new() };
        let mut elements = found.elements;
        // What is counted in one place changes numbers in others.
        elements.extend(texts.keys().map(|(element, _)| *element));
        elements.sort_unstable();
        elements.dedup();
        for element in elements {
            for pseudo in PSEUDOS {
                let text = texts.remove(&(element, pseudo));
                self.amend_pseudo(document, element, pseudo, text);
                host::give(document, element, pseudo);
            }
            self.part_blocks(document, element);
            self.letters.amend(document, element, spacers);
        }
    }

    /// A pseudo-element's style as the style system made it.
    fn original(&self, document: &BaseDocument, element: NodeId, pseudo: PseudoElement) -> Option<Arc<ComputedValues>> {
        let data = document.get_node(element)?.try_stylo_element_data()?.get()?;
        let style = data.styles.pseudos.get(&pseudo)?;
        Some(match self.pseudos.get(&(element, pseudo)) {
            Some(known) if Arc::ptr_eq(&known.amended, style) => Arc::clone(&known.original),
            _ => Arc::clone(style),
        })
    }

    fn amend_pseudo(
        &mut self,
        document: &mut BaseDocument,
        element: NodeId,
        pseudo: PseudoElement,
        text: Option<String>,
    ) {
        let Some(original) = self.original(document, element, pseudo) else { return };
        let padded = is_padded_inline(&original);
        if text.is_none() && !padded {
            return;
        }
        let mut style = ComputedValues::clone(&original);
        if let Some(text) = text
            && let Content::Items(items) = &mut style.mutate_counters().content
        {
            items.items.clear();
            items.items.push(ContentItem::String(text.into()));
            items.alt_start = 1;
        }
        if padded {
            style.mutate_box().display = Display::InlineBlock;
        }
        let known = self.pseudos.get(&(element, pseudo));
        let same = known.is_some_and(|known| {
            Arc::ptr_eq(&known.original, &original)
                && known.amended.get_counters().content == style.get_counters().content
        });
        let amended = match known.filter(|_| same) {
            Some(known) => Arc::clone(&known.amended),
            None => Arc::new(style),
        };
        let Some(node) = document.get_node_mut(element) else { return };
        if let Some(mut data) = node.try_stylo_element_data_mut().and_then(|data| data.get_mut()) {
            if data.styles.pseudos.get(&pseudo).is_some_and(|current| Arc::ptr_eq(current, &amended)) {
                return;
            }
            data.styles.pseudos.set(&pseudo, Arc::clone(&amended));
        }
        node.insert_damage(computed::REBUILD);
        self.pseudos.insert((element, pseudo), Pseudo { original, amended });
    }

    /// Keeps a pseudo-element that is a block out of the element's lines.
    fn part_blocks(&mut self, document: &mut BaseDocument, element: NodeId) {
        let wanted = self.needs_parting(document, element).unwrap_or(false);
        match self.blocks.get(&element) {
            None if wanted => {
                if let Some(block) = insert_block(document, element) {
                    self.blocks.insert(element, block);
                }
            }
            Some(&block) => {
                let style = computed::of(document, element).map(|style| empty_block(&style, wanted));
                let shown = computed::of(document, block).is_some_and(|style| style.clone_display() != Display::None);
                if let Some(style) = style.filter(|_| shown != wanted) {
                    computed::replace(document, block, Arc::new(style));
                    if let Some(node) = document.get_node_mut(element) {
                        node.insert_damage(computed::REBUILD);
                    }
                }
            }
            None => {}
        }
    }

    fn needs_parting(&self, document: &BaseDocument, element: NodeId) -> Option<bool> {
        let node = document.get_node(element)?;
        let display = node.primary_styles()?.clone_display();
        let holds_lines =
            matches!(display.inside(), DisplayInside::Flow | DisplayInside::FlowRoot | DisplayInside::TableCell);
        if !holds_lines || display.outside() == DisplayOutside::Inline && display.inside() == DisplayInside::Flow {
            return Some(false);
        }
        let is_block = |pseudo| {
            self.original(document, element, pseudo).is_some_and(|style| {
                style.clone_display().outside() == DisplayOutside::Block
                    && !style.get_box().position.is_absolutely_positioned()
                    && style.clone_float() == Float::None
            })
        };
        let own = self.blocks.get(&element);
        let mut children = node.children.iter().filter(|child| Some(*child) != own).map(|child| node.with(*child));
        Some(
            PSEUDOS.into_iter().any(is_block)
                && children.clone().any(is_in_line)
                && !children.any(Node::is_or_contains_block),
        )
    }
}

fn hidden(parent: &ComputedValues) -> ComputedValues {
    let mut style = computed::anonymous(parent);
    style.mutate_box().display = Display::None;
    style
}

/// Whether a node is part of a line.
fn is_in_line(node: &Node) -> bool {
    if node.is_text_node() {
        return !node.is_collapsible_whitespace_node();
    }
    node.primary_styles().is_some_and(|style| {
        style.clone_display().outside() == DisplayOutside::Inline
            && !style.get_box().position.is_absolutely_positioned()
            && style.clone_float() == Float::None
    })
}

/// Whether a pseudo-element is part of a line and takes more room in it than its text.
fn is_padded_inline(style: &ComputedValues) -> bool {
    let display = style.clone_display();
    let wide = |insets: Insets| insets.x0 != 0.0 || insets.x1 != 0.0;
    display.outside() == DisplayOutside::Inline
        && display.inside() == DisplayInside::Flow
        && (wide(computed::margin(style)) || wide(computed::border(style)) || wide(computed::padding(style)))
}

fn insert_block(document: &mut BaseDocument, element: NodeId) -> Option<NodeId> {
    let parent = computed::of(document, element)?;
    let style = empty_block(&parent, true);
    let name = QualName::new(None, ns!(html), local_name!("div"));
    let block = document.create_node(NodeData::AnonymousBlock(Box::new(ElementData::new(name, Vec::new()))));
    let node = document.get_node_mut(block)?;
    node.parent = Some(element);
    if let Some(data) = node.try_stylo_element_data_mut() {
        data.ensure_init_mut().styles.primary = Some(Arc::new(style));
    }
    let node = document.get_node_mut(element)?;
    node.children.push(block);
    node.insert_damage(computed::REBUILD);
    Some(block)
}

fn empty_block(parent: &ComputedValues, shown: bool) -> ComputedValues {
    let mut style = hidden(parent);
    if shown {
        style.mutate_box().display = Display::Block;
    }
    style
}
