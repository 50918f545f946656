//! Following links: the engine would follow them itself, within the document or by its navigation provider; here every click
//! on a link becomes a [`Notice::Navigate`](super::Notice::Navigate), whose target the keys and the link itself decide.

use super::host::Host;
use blitz_dom::{BaseDocument, Document, EventHandler, NodeId, local_name};
use blitz_traits::events::{DomEvent, DomEventData, EventState};
use bulkhead_shared::uplink::Target;
use keyboard_types::Modifiers;

/// Watches the engine's events for clicks on links.
pub(super) struct LinkHandler<'a> {
    pub(super) host: &'a Host,
}

impl EventHandler for LinkHandler<'_> {
    fn handle_event(
        &mut self,
        chain: &[NodeId],
        event: &mut DomEvent,
        document: &mut dyn Document,
        state: &mut EventState,
    ) {
        let DomEventData::Click(click) = &event.data else { return };
        let document = document.inner();
        // A form control within a link is clicked for itself.
        let link = chain.iter().copied().find(|id| is_link(&document, *id) || is_control(&document, *id));
        let Some(link) = link.filter(|id| is_link(&document, *id)) else { return };
        if let Some(url) = address(&document, link) {
            self.host.navigate(url, target(&document, link, click.mods));
        }
        state.prevent_default();
    }
}

/// The link that a node belongs to.
pub(super) fn nearest(document: &BaseDocument, node: NodeId) -> Option<NodeId> {
    let mut current = Some(node);
    while let Some(id) = current {
        if is_link(document, id) {
            return Some(id);
        }
        current = document.get_node(id)?.parent;
    }
    None
}

/// Where a link leads to; `None` for an address that is none, or a script.
pub(super) fn address(document: &BaseDocument, link: NodeId) -> Option<String> {
    let href = document.get_node(link)?.attr(local_name!("href"))?;
    let url = document.base_url().join(href.trim()).ok()?;
    (url.scheme() != "javascript").then(|| url.into())
}

/// The tab in which a click with these keys opens a link: Ctrl asks for a new one, Shift for that to be shown.
fn target(document: &BaseDocument, link: NodeId, keys: Modifiers) -> Target {
    let named = document.get_node(link).and_then(|node| node.attr(local_name!("target"))).unwrap_or_default();
    match (keys.contains(Modifiers::CONTROL), keys.contains(Modifiers::SHIFT)) {
        (true, false) => Target::NewTab,
        (_, true) => Target::NewForegroundTab,
        _ if named.eq_ignore_ascii_case("_blank") => Target::NewForegroundTab,
        _ => Target::Current,
    }
}

fn is_link(document: &BaseDocument, node: NodeId) -> bool {
    document.get_node(node).and_then(|node| node.element_data()).is_some_and(|element| element.is_link())
}

fn is_control(document: &BaseDocument, node: NodeId) -> bool {
    document.get_node(node).and_then(|node| node.element_data()).is_some_and(|element| {
        [local_name!("button"), local_name!("input"), local_name!("select"), local_name!("textarea")]
            .contains(&element.name.local)
    })
}
