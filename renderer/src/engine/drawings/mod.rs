//! SVG within a page. The engine draws each drawing for itself, with `usvg`, from its source alone. So that becomes complete before:
//!
//! - what it refers to in other drawings of the page is copied into it ([`references`]);
//! - the style that the page's cascade gives to its elements is written into their `style` attributes ([`styles`]), of which the
//!   cascade itself does not learn;
//! - text in it is made outlines, as in an image of its own ([`crate::svg`]). That is done once, as soon as styles are known.

mod references;
mod styles;

use super::computed;
use crate::fonts::SvgFonts;
use crate::svg;
use ::style::properties::{ComputedValues, style_structs};
use ::style::servo_arc::Arc as StyleArc;
use blitz_dom::{BaseDocument, NodeId, QualName, local_name, ns};
use std::collections::HashMap;
use std::sync::Arc;
use styles::Place;

/// The drawings of a page.
pub(super) struct Drawings {
    drawings: Vec<Drawing>,
    fonts: Arc<SvgFonts>,
}

struct Drawing {
    root: NodeId,
    /// The drawing and what is in it, parents first.
    parts: Vec<Part>,
    /// It has text, or refers to files.
    needs_outlines: bool,
}

struct Part {
    node: NodeId,
    parent: Option<NodeId>,
    /// The `style` attribute as the page has it.
    attribute: Option<String>,
    /// The style that was written last.
    style: Option<StyleArc<ComputedValues>>,
}

impl Drawings {
    /// Finds the drawings of a page, and completes each by what it refers to.
    pub(super) fn find(document: &mut BaseDocument, fonts: &Arc<SvgFonts>) -> Self {
        let is_drawing = |id: NodeId| {
            document.get_node(id).is_some_and(|node| node.data.is_element_with_tag_name(&local_name!("svg")))
        };
        let is_outermost = |id: NodeId| !references::ancestors(document, id).skip(1).any(is_drawing);
        let all: Vec<NodeId> = document.tree().iter().map(|(id, _)| id).filter(|id| is_drawing(*id)).collect();
        let outermost: Vec<NodeId> = all.into_iter().filter(|id| is_outermost(*id)).collect();
        references::copy(document, &outermost);
        let drawings = outermost.into_iter().map(|root| Drawing::new(document, root)).collect();
        Self { drawings, fonts: Arc::clone(fonts) }
    }

    /// Gives the drawings the styles that the page has now. To be called when those are known, and before the layout.
    pub(super) fn dress(&mut self, document: &mut BaseDocument) {
        if self.drawings.is_empty() {
            return;
        }
        let initial = ComputedValues::initial_values_with_font_override(style_structs::Font::initial_values());
        self.drawings.retain_mut(|drawing| {
            drawing.dress(document, &initial);
            if drawing.needs_outlines {
                make_outlines(document, drawing.root, &self.fonts);
            }
            !drawing.needs_outlines
        });
    }
}

impl Drawing {
    fn new(document: &BaseDocument, root: NodeId) -> Self {
        let parts: Vec<Part> = references::subtree(document, root)
            .into_iter()
            .filter_map(|node| {
                let element = document.get_node(node)?.element_data()?;
                let parent = document.get_node(node)?.parent.filter(|_| node != root);
                let attribute = element.attr(local_name!("style")).map(str::to_owned);
                Some(Part { node, parent, attribute, style: None })
            })
            .collect();
        let source = document.get_node(root).map(|node| node.outer_html()).unwrap_or_default();
        Self { root, parts, needs_outlines: svg::needs_work(source.as_bytes()) }
    }

    fn dress(&mut self, document: &mut BaseDocument, initial: &ComputedValues) {
        if computed::of(document, self.root).is_none() {
            return;
        }
        let mut changed = false;
        for part in &mut self.parts {
            let style = computed::of(document, part.node);
            let is_same = match (&style, &part.style) {
                (Some(now), Some(before)) => StyleArc::ptr_eq(now, before),
                (now, before) => now.is_none() && before.is_none(),
            };
            if !is_same {
                part.style = style;
                changed = true;
            }
        }
        if !changed {
            return;
        }
        let styles: HashMap<NodeId, &StyleArc<ComputedValues>> =
            self.parts.iter().filter_map(|part| Some((part.node, part.style.as_ref()?))).collect();
        let mut redraw = false;
        for part in &self.parts {
            redraw |= part.dress(document, &styles, initial, self.needs_outlines);
        }
        if let Some(root) = document.get_node_mut(self.root).filter(|_| redraw) {
            root.insert_damage(computed::REBUILD);
        }
    }
}

impl Part {
    /// Writes the element's style. Returns whether it was another before.
    fn dress(
        &self,
        document: &mut BaseDocument,
        styles: &HashMap<NodeId, &StyleArc<ComputedValues>>,
        initial: &ComputedValues,
        has_text: bool,
    ) -> bool {
        let Some(element) = document.get_node_mut(self.node).and_then(|node| node.element_data_mut()) else {
            return false;
        };
        let above = self.parent.map(|parent| styles.get(&parent));
        let declarations = match (&self.style, above) {
            (Some(style), None) => styles::declarations(element, style, Place::Root(initial), has_text),
            (Some(style), Some(Some(parent))) => styles::declarations(element, style, Place::Within(parent), has_text),
            // It is within what has no box.
            _ => String::new(),
        };
        let own = self.attribute.as_deref().map(styles::without_custom_properties);
        let wanted = match own {
            Some(own) if declarations.is_empty() => Some(own),
            Some(own) => Some(format!("{own};{declarations}")),
            None if declarations.is_empty() => None,
            None => Some(declarations),
        };
        if element.attr(local_name!("style")) == wanted.as_deref() {
            return false;
        }
        // Past the engine, for which this is no change of style.
        let name = QualName::new(None, ns!(), local_name!("style"));
        match wanted {
            Some(wanted) => element.attrs.set(name, &wanted),
            None => drop(element.attrs.remove(&name)),
        }
        true
    }
}

/// Replaces a drawing that has text, or refers to files.
fn make_outlines(document: &mut BaseDocument, drawing: NodeId, fonts: &SvgFonts) {
    let Some(node) = document.get_node(drawing).filter(|node| node.flags.is_in_document()) else { return };
    let mut source = node.outer_html();
    if !source.contains("xmlns:xlink") {
        // HTML knows the prefix without being told.
        source = source.replacen("<svg", "<svg xmlns:xlink=\"http://www.w3.org/1999/xlink\"", 1);
    }
    // What does not parse here is no drawing to the engine either, but it would look for the files.
    let flat = svg::flatten(source.as_bytes(), fonts).ok();
    if let Some(root) = document.get_node_mut(drawing).and_then(|node| node.element_data_mut()) {
        styles::strip(root);
    }
    let mut mutator = document.mutate();
    mutator.set_inner_html(drawing, flat.as_ref().map_or("", |flat| &flat.content));
    if let Some(flat) = flat {
        let view_box = QualName::new(None, ns!(), local_name!("viewBox"));
        mutator.set_attribute(drawing, view_box, &flat.view_box);
    }
}
