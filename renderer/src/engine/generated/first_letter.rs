//! `::first-letter`. The style system has its style; the letter gets an anonymous element of its own.

use super::super::computed;
use super::super::inline::spacing::Spacers;
use ::style::properties::ComputedValues;
use ::style::selector_parser::PseudoElement;
use ::style::servo_arc::Arc;
use ::style::values::specified::box_::{DisplayInside, DisplayOutside};
use blitz_dom::{BaseDocument, ElementData, NodeData, NodeId, QualName, local_name, ns};
use std::collections::HashMap;

/// The first letters of a document's blocks that have a style of their own.
#[derive(Default)]
pub(super) struct FirstLetters {
    letters: HashMap<NodeId, NodeId>,
}

impl FirstLetters {
    /// Gives an element's first letter its style.
    pub(super) fn amend(&mut self, document: &mut BaseDocument, element: NodeId, spacers: &mut Spacers) {
        let style = style(document, element);
        let letter = match (self.letters.get(&element), &style) {
            (Some(letter), _) => *letter,
            (None, Some(_)) => {
                let Some(letter) = part(document, element) else { return };
                self.letters.insert(element, letter);
                letter
            }
            (None, None) => return,
        };
        let parent = document.get_node(letter).and_then(|node| node.parent);
        let plain = || {
            parent.and_then(|parent| computed::of(document, parent)).map(|style| Arc::new(computed::anonymous(&style)))
        };
        let Some(style) = style.or_else(plain) else { return };
        let Some(node) = document.get_node_mut(letter) else { return };
        if let Some(data) = node.try_stylo_element_data_mut() {
            let mut data = data.ensure_init_mut();
            if data.styles.primary.as_ref().is_some_and(|current| Arc::ptr_eq(current, &style)) {
                return;
            }
            data.styles.primary = Some(Arc::clone(&style));
        }
        node.insert_damage(computed::REBUILD);
        if let Some(parent) = parent.and_then(|parent| document.get_node_mut(parent)) {
            parent.insert_damage(computed::REBUILD);
        }
        if Spacers::are_wanted(&style)
            && document.get_node(letter).is_some_and(|node| computed::is_inline(node, &style))
        {
            spacers.fit(document, letter);
        }
    }
}

fn style(document: &BaseDocument, element: NodeId) -> Option<Arc<ComputedValues>> {
    let node = document.get_node(element)?;
    let display = node.primary_styles()?.clone_display();
    let is_block = display.outside() != DisplayOutside::Inline || display.inside() == DisplayInside::FlowRoot;
    let data = node.try_stylo_element_data()?.get()?;
    data.styles.pseudos.get(&PseudoElement::FirstLetter).filter(|_| is_block).cloned()
}

/// Parts the first letter from the text after it.
fn part(document: &mut BaseDocument, element: NodeId) -> Option<NodeId> {
    let text = first_text(document, element)?;
    let content = document.get_node(text)?.text_data()?.content.clone();
    let length = letter_length(&content)?;
    let name = QualName::new(None, ns!(html), local_name!("span"));
    let letter = document.create_node(NodeData::AnonymousBlock(Box::new(ElementData::new(name, Vec::new()))));
    let own = document.create_text_node(&content[..length]);
    document.get_node_mut(own)?.parent = Some(letter);
    let parent = document.get_node(text)?.parent?;
    let node = document.get_node_mut(letter)?;
    node.children.push(own);
    node.parent = Some(parent);
    document.get_node_mut(text)?.text_data_mut()?.content = content[length..].to_owned();
    let siblings = &mut document.get_node_mut(parent)?.children;
    let at = siblings.iter().position(|sibling| *sibling == text)?;
    siblings.insert(at, letter);
    Some(letter)
}

/// The text that begins an element, unless something else does.
fn first_text(document: &BaseDocument, element: NodeId) -> Option<NodeId> {
    let node = document.get_node(element)?;
    for child in &node.children {
        let child = node.with(*child);
        if let Some(text) = child.text_data() {
            if text.content.trim_ascii().is_empty() {
                continue;
            }
            return Some(child.id);
        }
        let Some(style) = child.primary_styles() else { continue };
        if child.is_anonymous() || style.get_box().position.is_absolutely_positioned() {
            continue;
        }
        let display = style.clone_display();
        let goes_on = computed::is_inline(child, &style)
            || display.outside() == DisplayOutside::Block && display.inside() == DisplayInside::Flow;
        return if goes_on { first_text(document, child.id) } else { None };
    }
    None
}

/// How many bytes the first letter has, with the punctuation around it and the white space before.
fn letter_length(text: &str) -> Option<usize> {
    let is_punctuation = |c: char| c.is_ascii_punctuation() || "“”‘’«»‹›„‚¿¡–—…".contains(c);
    let mut letter = false;
    let mut end = 0;
    for (at, c) in text.char_indices() {
        let joins = matches!(c, '\u{300}'..='\u{36f}' | '\u{200d}' | '\u{fe0f}');
        if !(c.is_ascii_whitespace() && end == 0 && !letter || is_punctuation(c) || joins && letter) {
            if letter || c.is_whitespace() {
                break;
            }
            letter = true;
        }
        if !c.is_ascii_whitespace() {
            end = at + c.len_utf8();
        }
    }
    letter.then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn punctuation_belongs_to_the_first_letter() {
        let letter = |text| letter_length(text).map(|end| &text[..end]);
        assert_eq!(letter("This"), Some("T"));
        assert_eq!(letter("\n  “It’s"), Some("\n  “I"));
        assert_eq!(letter("A.B"), Some("A."));
        assert_eq!(letter("É toi"), Some("É"));
        assert_eq!(letter("  "), None);
        assert_eq!(letter("..."), None);
    }
}
