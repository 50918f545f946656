//! Tabs in text whose white space is kept. The engine gives them one column; here each becomes the spaces that lead to its stop.
//!
//! Columns are counted in characters, so tabs line up as they should in fonts whose characters are of one width. Marks that have
//! no width stand around the spaces, by which what is copied gets its tabs back.

use blitz_dom::{BaseDocument, NodeId, local_name};
use std::borrow::Cow;
use std::collections::HashSet;
use style::computed_values::white_space_collapse::T as WhiteSpace;
use style::properties::ComputedValues;
use style::values::generics::length::GenericLengthOrNumber as Stop;
use style::values::specified::box_::{DisplayInside, DisplayOutside};

/// Before the spaces of a tab: INVISIBLE SEPARATOR.
const BEGIN: char = '\u{2063}';

/// After them: INVISIBLE PLUS.
const END: char = '\u{2064}';

/// No stop is further away than this.
const WIDEST: usize = 64;

/// The text with tabs that was not expanded yet.
#[derive(Default)]
pub(super) struct Tabs {
    waiting: Vec<NodeId>,
}

impl Tabs {
    /// Finds the text with tabs. A field keeps its own, since that is what it sends.
    pub(super) fn find(document: &BaseDocument) -> Self {
        let has_tabs = |text: &str| memchr::memchr(b'\t', text.as_bytes()).is_some();
        let nodes = document.tree().iter().filter(|(_, node)| {
            let is_field = |parent| {
                let parent = document.get_node(parent);
                parent.is_some_and(|parent| parent.data.is_element_with_tag_name(&local_name!("textarea")))
            };
            node.text_data().is_some_and(|text| has_tabs(&text.content)) && !node.parent.is_none_or(is_field)
        });
        Self { waiting: nodes.map(|(id, _)| id).collect() }
    }

    /// Expands the tabs of text that is to keep its white space. To be called when styles are known.
    pub(super) fn expand(&mut self, document: &mut BaseDocument) {
        let (ready, waiting): (Vec<NodeId>, Vec<NodeId>) =
            self.waiting.iter().partition(|id| stop_of(document, **id).is_some());
        if ready.is_empty() {
            return;
        }
        self.waiting = waiting;
        let blocks: HashSet<NodeId> = ready.iter().filter_map(|id| containing_block(document, *id)).collect();
        let mut walk = Walk { document, ready: ready.into_iter().collect(), column: 0, expanded: Vec::new() };
        for block in blocks {
            walk.column = 0;
            walk.children(block);
        }
        let expanded = walk.expanded;
        let mut mutator = document.mutate();
        for (id, text) in expanded {
            mutator.set_node_text(id, &text);
        }
    }
}

/// A walk over the contents of a block.
struct Walk<'a> {
    document: &'a BaseDocument,
    ready: HashSet<NodeId>,
    /// Characters since the line began.
    column: usize,
    expanded: Vec<(NodeId, String)>,
}

impl Walk<'_> {
    fn children(&mut self, parent: NodeId) {
        let Some(node) = self.document.get_node(parent) else { return };
        for child in &node.children {
            self.node(*child);
        }
    }

    fn node(&mut self, id: NodeId) {
        let Some(node) = self.document.get_node(id) else { return };
        if let Some(text) = node.text_data() {
            match stop_of(self.document, id) {
                Some(stop) if self.ready.remove(&id) => {
                    let text = expand(&text.content, stop, &mut self.column);
                    self.expanded.push((id, text));
                }
                _ => self.pass(&text.content),
            }
        } else if node.data.is_element_with_tag_name(&local_name!("br")) {
            self.column = 0;
        } else if let Some(display) = node.primary_styles().map(|style| style.clone_display()) {
            match display.outside() {
                DisplayOutside::None if display.inside() == DisplayInside::None => {}
                DisplayOutside::Inline | DisplayOutside::None => self.children(id),
                _ => {
                    self.column = 0;
                    self.children(id);
                    self.column = 0;
                }
            }
        }
    }

    fn pass(&mut self, text: &str) {
        self.column = match text.rfind('\n') {
            Some(end) => text[end..].chars().count() - 1,
            None => self.column + text.chars().count(),
        };
    }
}

/// Columns between the stops of text that keeps its tabs.
fn stop_of(document: &BaseDocument, text: NodeId) -> Option<usize> {
    let parent = document.get_node(document.get_node(text)?.parent?)?;
    let style = parent.primary_styles()?;
    matches!(style.clone_white_space_collapse(), WhiteSpace::Preserve | WhiteSpace::BreakSpaces).then(|| stop(&style))
}

fn stop(style: &ComputedValues) -> usize {
    let columns = match style.clone_tab_size() {
        Stop::Number(number) => number.0,
        // A length is so many characters of a font with one width, most of which have three fifths of an em.
        Stop::Length(length) => length.0.px() / (0.6 * style.clone_font_size().computed_size().px()).max(0.1),
    };
    (columns.round().max(0.0) as usize).min(WIDEST)
}

fn containing_block(document: &BaseDocument, text: NodeId) -> Option<NodeId> {
    let mut at = document.get_node(text)?.parent?;
    loop {
        let node = document.get_node(at)?;
        let is_inline = node.primary_styles().is_none_or(|style| {
            let display = style.clone_display();
            matches!((display.outside(), display.inside()), (DisplayOutside::Inline, DisplayInside::Flow))
                || display.inside() == DisplayInside::Contents
        });
        match node.parent {
            Some(parent) if is_inline => at = parent,
            _ => return Some(at),
        }
    }
}

/// A text as it stands in a file, from the beginning of a line on, with the stops of plain text.
pub(super) fn expanded(text: &str) -> Cow<'_, str> {
    const STOP: usize = 8;
    if memchr::memchr(b'\t', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(expand(text, STOP, &mut 0))
}

fn expand(text: &str, stop: usize, column: &mut usize) -> String {
    let mut expanded = String::with_capacity(text.len() + text.len() / 4);
    for character in text.chars() {
        match character {
            '\t' => {
                let spaces = if stop == 0 { 0 } else { stop - *column % stop };
                expanded.push(BEGIN);
                expanded.extend(std::iter::repeat_n(' ', spaces));
                expanded.push(END);
                *column += spaces;
            }
            '\n' => {
                expanded.push('\n');
                *column = 0;
            }
            other => {
                expanded.push(other);
                *column += 1;
            }
        }
    }
    expanded
}

/// Text as it was before tabs were expanded; of one that is there in part, the spaces that are.
pub(super) fn restore(text: &str) -> Cow<'_, str> {
    if !text.contains([BEGIN, END]) {
        return Cow::Borrowed(text);
    }
    let mut restored = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(BEGIN) {
        restored.push_str(before);
        let end = after.trim_start_matches(' ');
        rest = match end.strip_prefix(END) {
            Some(end) => {
                restored.push('\t');
                end
            }
            None => after,
        };
    }
    restored.push_str(rest);
    Cow::Owned(restored.replace(END, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tab_leads_to_the_next_stop_and_comes_back_when_copied() {
        let mut column = 0;
        let expanded = expand("a\tb\n\t12345678\tx", 8, &mut column);
        let plain = expanded.replace([BEGIN, END], "");
        assert_eq!(plain, "a       b\n        12345678        x");
        assert_eq!(column, 25);
        assert_eq!(restore(&expanded), "a\tb\n\t12345678\tx");
    }

    #[test]
    fn a_part_of_a_tab_is_copied_as_spaces() {
        assert_eq!(restore("  \u{2064}a"), "  a");
        assert_eq!(restore("a\u{2063} "), "a ");
        assert!(matches!(restore("plain"), Cow::Borrowed(_)));
    }
}
