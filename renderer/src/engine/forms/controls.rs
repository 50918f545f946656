//! The controls of forms: what they are, whose they are, and whether they are disabled.

use blitz_dom::{BaseDocument, ElementData, NodeId, local_name, ns};
use std::collections::HashMap;

/// What an element is to a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Control {
    /// A button that sends the form.
    Submit,
    /// An image that does.
    Image,
    /// A button that takes the form back to how it was.
    Reset,
    /// A button without a consequence: there is no script.
    Button,
    Checkbox,
    Radio,
    /// A field that asks for files.
    File,
    Hidden,
    /// A field of one line, of whatever kind.
    Line,
    /// A field that holds a value and is no text: a slider, a colour.
    Value,
    /// A field of several lines.
    Text,
    Select,
}

impl Control {
    /// What a node is; `None` where it has no part in a form.
    pub(in crate::engine) fn of(document: &BaseDocument, node: NodeId) -> Option<Self> {
        Self::of_element(document.get_node(node)?.element_data()?)
    }

    fn of_element(element: &ElementData) -> Option<Self> {
        if element.name.ns != ns!(html) {
            return None;
        }
        let kind = element.attr(local_name!("type")).unwrap_or_default().to_ascii_lowercase();
        Some(match (&*element.name.local, &*kind) {
            ("textarea", _) => Self::Text,
            ("select", _) => Self::Select,
            ("button", "reset") | ("input", "reset") => Self::Reset,
            ("button", "button") | ("input", "button") => Self::Button,
            ("button", _) | ("input", "submit") => Self::Submit,
            ("input", "image") => Self::Image,
            ("input", "checkbox") => Self::Checkbox,
            ("input", "radio") => Self::Radio,
            ("input", "file") => Self::File,
            ("input", "hidden") => Self::Hidden,
            ("input", "range" | "color") => Self::Value,
            ("input", _) => Self::Line,
            _ => return None,
        })
    }

    pub(in crate::engine) fn submits(self) -> bool {
        matches!(self, Self::Submit | Self::Image)
    }

    /// Whether it keeps Enter from sending a form without a button, where there are two of its kind.
    pub(super) fn is_line_of_text(self) -> bool {
        self == Self::Line
    }
}

/// Which form a control belongs to, where the tree does not tell: a form that begins within a table and outside of its cells
/// has no descendants.
#[derive(Debug, Default)]
pub(in crate::engine) struct FormOwners {
    by_parser: HashMap<NodeId, NodeId>,
}

impl FormOwners {
    /// What the parser associated; only controls that are not in their form.
    pub(in crate::engine) fn new(by_parser: HashMap<NodeId, NodeId>) -> Self {
        Self { by_parser }
    }

    /// The form that a control belongs to: the one that it names, or that the parser associated it with, or that it is in.
    pub(in crate::engine) fn owner(&self, document: &BaseDocument, control: NodeId) -> Option<NodeId> {
        let is_form = |id: &NodeId| is_element(document, *id, "form");
        let node = document.get_node(control)?;
        if let Some(name) = node.attr(local_name!("form")) {
            return document.get_element_by_id(name).filter(is_form);
        }
        self.by_parser.get(&control).copied().or_else(|| ancestors(document, control).find(is_form))
    }
}

/// Whether a control is disabled, by itself or by a `<fieldset>` that it is in; what is in the first `<legend>` of a `<fieldset>`
/// is not disabled by it.
pub(in crate::engine) fn is_disabled(document: &BaseDocument, control: NodeId) -> bool {
    let has = |id: NodeId| document.get_node(id).is_some_and(|node| node.attr(local_name!("disabled")).is_some());
    if has(control) {
        return true;
    }
    let mut below = control;
    ancestors(document, control).any(|above| {
        let child = std::mem::replace(&mut below, above);
        is_element(document, above, "fieldset") && has(above) && first_legend(document, above) != Some(child)
    })
}

fn first_legend(document: &BaseDocument, fieldset: NodeId) -> Option<NodeId> {
    document.get_node(fieldset)?.children.iter().copied().find(|child| is_element(document, *child, "legend"))
}

/// The nodes that a node is in, from the nearest.
pub(in crate::engine) fn ancestors(document: &BaseDocument, node: NodeId) -> impl Iterator<Item = NodeId> {
    let up = move |id: &NodeId| document.get_node(*id)?.parent;
    std::iter::successors(up(&node), up)
}

/// Whether a node is an HTML element of this name.
pub(in crate::engine) fn is_element(document: &BaseDocument, node: NodeId, name: &str) -> bool {
    let element = document.get_node(node).and_then(|node| node.element_data());
    element.is_some_and(|element| element.name.ns == ns!(html) && &*element.name.local == name)
}
