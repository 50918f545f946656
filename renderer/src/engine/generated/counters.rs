//! Counters and quotation marks (CSS Lists 3, section 4, and CSS Generated Content 3): what they are in each place of a
//! document.

use super::super::counter_styles;
use super::{Generated, PSEUDOS};
use ::style::Atom;
use ::style::properties::ComputedValues;
use ::style::selector_parser::PseudoElement;
use ::style::values::CustomIdent;
use ::style::values::computed::counters::ContentItem;
use ::style::values::generics::counters::Content;
use blitz_dom::{BaseDocument, Node, NodeId, local_name};
use std::collections::HashMap;

/// Quotation marks, outer and inner, as for English.
const QUOTES: [(&str, &str); 2] = [("\u{201c}", "\u{201d}"), ("\u{2018}", "\u{2019}")];

/// The texts of pseudo-elements that count or quote.
pub(super) type Texts = HashMap<(NodeId, PseudoElement), String>;

/// What a pseudo-element's `content` has, if there is more to it than strings.
pub(super) fn items(style: &ComputedValues) -> &[ContentItem] {
    let Content::Items(content) = &style.get_counters().content else { return &[] };
    let items = &content.items[..content.alt_start];
    let plain = items.iter().all(|item| matches!(item, ContentItem::String(_) | ContentItem::Image(_)));
    if plain { &[] } else { items }
}

/// Counts through the whole document.
pub(super) fn texts(document: &BaseDocument, generated: &Generated) -> Texts {
    let mut count = Count { document, generated, counters: HashMap::new(), quotes: 0, texts: Texts::new() };
    if let Some(root) = document.try_root_element() {
        count.element(root, &mut Vec::new());
    }
    count.texts
}

struct Count<'a> {
    document: &'a BaseDocument,
    generated: &'a Generated,
    /// The counters of each name that are in scope, the innermost last, each with the element whose child made it.
    counters: HashMap<Atom, Vec<(NodeId, i32)>>,
    /// How deep in quotations.
    quotes: usize,
    texts: Texts,
}

impl Count<'_> {
    /// Counts an element. `made` takes the names of counters that end with the element around it.
    fn element(&mut self, node: &Node, made: &mut Vec<Atom>) {
        let Some(style) = node.primary_styles() else { return };
        if style.clone_display().is_none() {
            return;
        }
        self.list(node, &style, made);
        self.count(node.parent.unwrap_or(node.id), &style, made);
        let mut inner = Vec::new();
        self.pseudo(node, PSEUDOS[0], &mut inner);
        for child in &node.children {
            let child = node.with(*child);
            if child.is_element() {
                self.element(child, &mut inner);
            }
        }
        self.pseudo(node, PSEUDOS[1], &mut inner);
        for name in inner {
            self.counters.get_mut(&name).map(Vec::pop);
        }
    }

    /// The counter that lists have without a style.
    fn list(&mut self, node: &Node, style: &ComputedValues, made: &mut Vec<Atom>) {
        let Some(element) = node.element_data() else { return };
        let (name, around) = (Atom::from("list-item"), node.parent.unwrap_or(node.id));
        let number = |attribute: &str| {
            element.attr(blitz_dom::LocalName::from(attribute)).and_then(|value| value.trim().parse::<i32>().ok())
        };
        let tag = &element.name.local;
        if [local_name!("ol"), local_name!("ul"), local_name!("menu")].contains(tag) {
            self.reset(around, &name, number("start").map_or(0, |start| start.saturating_sub(1)), made);
        } else if style.clone_display().is_list_item() {
            match number("value") {
                Some(value) => *self.innermost(around, &name, made) = value,
                None => {
                    let counter = self.innermost(around, &name, made);
                    *counter = counter.saturating_add(1);
                }
            }
        }
    }

    fn pseudo(&mut self, node: &Node, pseudo: PseudoElement, made: &mut Vec<Atom>) {
        let Some(style) = self.generated.original(self.document, node.id, pseudo) else { return };
        self.count(node.id, &style, made);
        let items = items(&style);
        if items.is_empty() {
            return;
        }
        let mut text = String::new();
        for item in items {
            self.write(item, &mut text);
        }
        self.texts.insert((node.id, pseudo), text);
    }

    fn count(&mut self, around: NodeId, style: &ComputedValues, made: &mut Vec<Atom>) {
        let counters = style.get_counters();
        for pair in counters.counter_reset.iter() {
            self.reset(around, &pair.name.0, if pair.value == i32::MIN { 0 } else { pair.value }, made);
        }
        for pair in counters.counter_increment.iter() {
            let counter = self.innermost(around, &pair.name.0, made);
            *counter = counter.saturating_add(pair.value);
        }
    }

    /// Makes a counter, in the place of one that an earlier sibling has made.
    fn reset(&mut self, around: NodeId, name: &Atom, value: i32, made: &mut Vec<Atom>) {
        let counters = self.counters.entry(name.clone()).or_default();
        match counters.last_mut() {
            Some(counter) if counter.0 == around => counter.1 = value,
            _ => {
                counters.push((around, value));
                made.push(name.clone());
            }
        }
    }

    fn innermost(&mut self, around: NodeId, name: &Atom, made: &mut Vec<Atom>) -> &mut i32 {
        let counters = self.counters.entry(name.clone()).or_default();
        if counters.is_empty() {
            counters.push((around, 0));
            made.push(name.clone());
        }
        &mut counters.last_mut().expect("there is one now").1
    }

    fn write(&mut self, item: &ContentItem, text: &mut String) {
        let values = |name: &CustomIdent| self.counters.get(&name.0).map(Vec::as_slice).unwrap_or_default();
        match item {
            ContentItem::String(string) => text.push_str(string),
            ContentItem::Counter(name, style) => {
                let value = values(name).last().map_or(0, |counter| counter.1);
                text.push_str(&counter_styles::write(style, value));
            }
            ContentItem::Counters(name, separator, style) => {
                let values: Vec<String> =
                    values(name).iter().map(|counter| counter_styles::write(style, counter.1)).collect();
                text.push_str(&if values.is_empty() {
                    counter_styles::write(style, 0)
                } else {
                    values.join(separator)
                });
            }
            ContentItem::OpenQuote => {
                text.push_str(QUOTES[self.quotes.min(QUOTES.len() - 1)].0);
                self.quotes += 1;
            }
            ContentItem::CloseQuote => {
                if self.quotes > 0 {
                    self.quotes -= 1;
                    text.push_str(QUOTES[self.quotes.min(QUOTES.len() - 1)].1);
                }
            }
            ContentItem::NoOpenQuote => self.quotes += 1,
            ContentItem::NoCloseQuote => self.quotes = self.quotes.saturating_sub(1),
            ContentItem::Image(_) => {}
        }
    }
}
