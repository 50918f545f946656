//! `<select>`: keys and clicks choose another option. The engine draws its options as it draws any element, and knows nothing
//! more of it.
//!
//! The chosen option is the one that has the attribute `selected`; `additions.css` shows it before all others, which are out of
//! sight. The `<select>` itself has that option's value as attribute `value`, which the engine sends with a form.
//!
//! No list is opened: a click chooses the option that follows.

use super::page::Page;
use blitz_dom::{BaseDocument, NodeId, QualName, local_name, ns};

/// To where a key moves the choice.
enum Step {
    To(usize),
    By(isize),
}

/// Gives every `<select>` of a new document its choice: the last option that is declared selected, else the first.
pub(super) fn settle(document: &mut BaseDocument) {
    let all: Vec<NodeId> =
        document.tree().iter().map(|(id, _)| id).filter(|id| is_single_choice(document, *id)).collect();
    for select in all {
        let options = options(document, select);
        if let Some(at) = chosen(document, &options).or_else(|| (!options.is_empty()).then_some(0)) {
            choose(document, select, &options, at);
        }
    }
}

impl Page {
    /// Lets a key choose in the `<select>` that has the focus. Returns whether it was such a key.
    pub(super) fn choose_by_key(&mut self, select: NodeId, key: &str) -> bool {
        if !is_single_choice(&self.document, select) {
            return false;
        }
        let step = match key {
            "ArrowDown" | "ArrowRight" => Step::By(1),
            "ArrowUp" | "ArrowLeft" => Step::By(-1),
            "Home" => Step::To(0),
            "End" => Step::To(usize::MAX),
            _ => return false,
        };
        let options = options(&self.document, select);
        let Some(last) = options.len().checked_sub(1) else { return true };
        let now = chosen(&self.document, &options).unwrap_or(0);
        let next = match step {
            Step::To(at) => at.min(last),
            Step::By(by) => now.saturating_add_signed(by).min(last),
        };
        self.choose(select, &options, next);
        true
    }

    /// Lets a click choose the next option, and after the last the first.
    pub(super) fn choose_by_click(&mut self, pressed_on: NodeId, released_on: NodeId) {
        let Some(select) = nearest(&self.document, released_on) else { return };
        if nearest(&self.document, pressed_on) != Some(select) {
            return;
        }
        self.document.set_focus_to(select);
        let options = options(&self.document, select);
        if !options.is_empty() {
            let now = chosen(&self.document, &options).unwrap_or(0);
            self.choose(select, &options, (now + 1) % options.len());
        }
    }

    fn choose(&mut self, select: NodeId, options: &[NodeId], at: usize) {
        choose(&mut self.document, select, options, at);
        self.redraw = true;
    }
}

/// The `<select>` that a node belongs to.
fn nearest(document: &BaseDocument, node: NodeId) -> Option<NodeId> {
    std::iter::successors(Some(node), |id| document.get_node(*id)?.parent).find(|id| is_single_choice(document, *id))
}

/// Whether it is a `<select>` of one line that is not disabled.
fn is_single_choice(document: &BaseDocument, node: NodeId) -> bool {
    document.get_node(node).and_then(|node| node.element_data()).is_some_and(|element| {
        element.name.local == local_name!("select")
            && !element.has_attr(local_name!("multiple"))
            && !element.has_attr(local_name!("disabled"))
            && element.attr(local_name!("size")).is_none_or(|size| size == "1")
    })
}

/// The options below a node that can be chosen, in their order.
fn options(document: &BaseDocument, node: NodeId) -> Vec<NodeId> {
    let mut found = Vec::new();
    for child in document.get_node(node).map(|node| &node.children[..]).unwrap_or_default() {
        let Some(element) = document.get_node(*child).and_then(|node| node.element_data()) else { continue };
        if element.has_attr(local_name!("disabled")) {
            continue;
        }
        if element.name.local == local_name!("option") {
            found.push(*child);
        } else if element.name.local == local_name!("optgroup") {
            found.extend(options(document, *child));
        }
    }
    found
}

fn chosen(document: &BaseDocument, options: &[NodeId]) -> Option<usize> {
    options.iter().rposition(|option| {
        let element = document.get_node(*option).and_then(|node| node.element_data());
        element.is_some_and(|element| element.has_attr(local_name!("selected")))
    })
}

fn choose(document: &mut BaseDocument, select: NodeId, options: &[NodeId], at: usize) {
    let Some(option) = options.get(at).and_then(|option| document.get_node(*option)) else { return };
    let value =
        option.attr(local_name!("value")).map_or_else(|| option.text_content().trim().to_owned(), str::to_owned);
    let mut mutator = document.mutate();
    for (number, option) in options.iter().enumerate() {
        let selected = QualName::new(None, ns!(), local_name!("selected"));
        if number == at {
            mutator.set_attribute(*option, selected, "");
        } else {
            mutator.clear_attribute(*option, selected);
        }
    }
    mutator.set_attribute(select, QualName::new(None, ns!(), local_name!("value")), &value);
}
