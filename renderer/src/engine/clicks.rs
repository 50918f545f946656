//! What a click does: it follows a link, sends a form, takes one back, marks a radio button, or goes from a label to what it
//! labels. The engine would do some of it otherwise, some not at all.

use super::forms::controls::{Control, FormOwners, is_disabled, is_element};
use super::forms::{self, Submitter};
use super::host::Host;
use super::links;
use super::reset;
use super::sliders;
use blitz_dom::traversal::TreeTraverser;
use blitz_dom::{BaseDocument, Document, EventHandler, NodeId, local_name};
use blitz_traits::events::{BlitzPointerEvent, DomEvent, DomEventData, EventState};
use bulkhead_shared::uplink::Unsupported;

/// Watches the engine's events for clicks.
pub(super) struct ClickHandler<'a> {
    pub(super) host: &'a Host,
    pub(super) owners: &'a FormOwners,
}

/// What was clicked on.
enum Clicked {
    Link,
    Control(Control),
    Label,
}

impl Clicked {
    fn of(document: &BaseDocument, node: NodeId) -> Option<Self> {
        if links::is_link(document, node) {
            Some(Self::Link)
        } else if let Some(control) = Control::of(document, node) {
            Some(Self::Control(control))
        } else {
            is_element(document, node, "label").then_some(Self::Label)
        }
    }
}

impl EventHandler for ClickHandler<'_> {
    fn handle_event(
        &mut self,
        chain: &[NodeId],
        event: &mut DomEvent,
        document: &mut dyn Document,
        state: &mut EventState,
    ) {
        let DomEventData::Click(click) = &event.data else { return };
        let document = &mut *document.inner_mut();
        // The innermost of them: a control within a link is clicked for itself.
        let clicked = chain.iter().find_map(|node| Some((*node, Clicked::of(document, *node)?)));
        let handled = match clicked {
            Some((link, Clicked::Link)) => {
                links::follow(document, self.host, link, click.mods);
                true
            }
            Some((node, Clicked::Control(control))) => self.activate(document, node, control, click),
            Some((label, Clicked::Label)) => self.click_label(document, label, click),
            None => false,
        };
        if handled {
            state.prevent_default();
        }
    }
}

impl ClickHandler<'_> {
    /// Does what a click on a control does. Returns `false` where the engine is to do it.
    fn activate(&self, document: &mut BaseDocument, node: NodeId, control: Control, click: &BlitzPointerEvent) -> bool {
        if is_disabled(document, node) {
            return true;
        }
        match control {
            Control::Submit | Control::Image => {
                document.set_focus_to(node);
                if let Some(form) = self.owners.owner(document, node) {
                    let submitter =
                        Submitter { button: node, at: place_within(document, node, click), keys: click.mods };
                    forms::submit(document, self.host, self.owners, form, Some(submitter));
                }
            }
            Control::Reset => {
                document.set_focus_to(node);
                if let Some(form) = self.owners.owner(document, node) {
                    reset::reset(document, self.owners, form);
                }
            }
            Control::Radio => {
                document.set_focus_to(node);
                mark_radio(document, self.owners, node);
            }
            Control::File => {
                document.set_focus_to(node);
                self.host.unsupported(Unsupported::FileChoice);
            }
            Control::Value => {
                document.set_focus_to(node);
                sliders::set(document, node, part_of_width(document, node, click));
            }
            Control::Button => {
                document.set_focus_to(node);
            }
            _ => return false,
        }
        true
    }

    /// A click on a label is one on what it labels; a field of text gets the focus.
    fn click_label(&self, document: &mut BaseDocument, label: NodeId, click: &BlitzPointerEvent) -> bool {
        let Some((node, control)) = labelled(document, label) else { return false };
        if is_disabled(document, node) {
            return true;
        }
        match control {
            Control::Line | Control::Text | Control::Select | Control::Value => {
                document.set_focus_to(node);
            }
            _ => {
                if !self.activate(document, node, control, click) {
                    let mut event = DomEvent::new(node, DomEventData::Click(click.clone()));
                    document.handle_dom_event(&mut event, |_| {});
                }
            }
        }
        true
    }
}

/// The control that a label is for: the one that it names, else the first within it.
fn labelled(document: &BaseDocument, label: NodeId) -> Option<(NodeId, Control)> {
    let control = |id| Some((id, Control::of(document, id)?));
    let found = match document.get_node(label)?.attr(local_name!("for")) {
        Some(name) => control(document.get_element_by_id(name)?),
        None => TreeTraverser::new_with_root(document, label).find_map(control),
    };
    found.filter(|(_, control)| *control != Control::Hidden)
}

/// Marks a radio button, and no other of its group.
pub(super) fn mark_radio(document: &mut BaseDocument, owners: &FormOwners, node: NodeId) {
    for radio in radio_group(document, owners, node) {
        document.snapshot_node(radio);
        if let Some(radio_node) = document.get_node_mut(radio) {
            if let Some(element) = radio_node.element_data_mut() {
                element.set_checkbox_input_checked(radio == node);
            }
            radio_node.mark_ancestors_dirty();
        }
    }
}

/// The radio buttons that have a name in common within one form, in the order of the tree.
pub(super) fn radio_group(document: &BaseDocument, owners: &FormOwners, node: NodeId) -> Vec<NodeId> {
    let name = |id: NodeId| document.get_node(id).and_then(|node| node.attr(local_name!("name"))).unwrap_or_default();
    if name(node).is_empty() {
        return vec![node];
    }
    let owner = owners.owner(document, node);
    TreeTraverser::new(document)
        .filter(|other| Control::of(document, *other) == Some(Control::Radio))
        .filter(|other| name(*other) == name(node) && owners.owner(document, *other) == owner)
        .collect()
}

/// How far from an element's left edge a click is, as a part of the way that the middle of a slider's thumb has.
fn part_of_width(document: &BaseDocument, node: NodeId, click: &BlitzPointerEvent) -> f64 {
    /// The thumb's width, as `additions.css` draws it.
    const THUMB: f64 = 16.0;
    let Some(rect) = document.get_client_bounding_rect(node) else { return 0.0 };
    (f64::from(click.coords.client_x) - rect.x - THUMB / 2.0) / (rect.width - THUMB).max(1.0)
}

/// Where a click is within an element, in whole CSS pixels.
fn place_within(document: &BaseDocument, node: NodeId, click: &BlitzPointerEvent) -> (i32, i32) {
    let Some(rect) = document.get_client_bounding_rect(node) else { return (0, 0) };
    let (x, y) = (f64::from(click.coords.client_x) - rect.x, f64::from(click.coords.client_y) - rect.y);
    (x.max(0.0) as i32, y.max(0.0) as i32)
}
