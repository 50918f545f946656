//! Following links: the engine would follow them itself, within the document or by its navigation provider; here every click
//! on a link becomes a [`Notice::Navigate`](super::Notice::Navigate), whose target the keys and the link itself decide.

use super::forms::controls::ancestors;
use super::host::Host;
use blitz_dom::{BaseDocument, NodeId, local_name};
use bulkhead_shared::uplink::{Target, Unsupported};
use keyboard_types::Modifiers;

/// Follows a link. One that leads nowhere is reported.
pub(super) fn follow(document: &BaseDocument, host: &Host, link: NodeId, keys: Modifiers) {
    let named = document.get_node(link).and_then(|node| node.attr(local_name!("target")));
    follow_into(document, host, link, target(document, named, keys));
}

/// Follows a link into a given tab.
pub(super) fn follow_into(document: &BaseDocument, host: &Host, link: NodeId, target: Target) {
    let href = document.get_node(link).and_then(|node| node.attr(local_name!("href"))).unwrap_or_default();
    match document.base_url().join(href.trim()) {
        Ok(url) if url.scheme() == "javascript" => host.unsupported(Unsupported::Script),
        Ok(url) => host.navigate(url.into(), target),
        Err(_) => host.unsupported(Unsupported::BadAddress),
    }
}

/// The link that a node belongs to.
pub(super) fn nearest(document: &BaseDocument, node: NodeId) -> Option<NodeId> {
    std::iter::once(node).chain(ancestors(document, node)).find(|id| is_link(document, *id))
}

/// Where a link leads to; `None` for an address that is none, or a script.
pub(super) fn address(document: &BaseDocument, link: NodeId) -> Option<String> {
    let href = document.get_node(link)?.attr(local_name!("href"))?;
    let url = document.base_url().join(href.trim()).ok()?;
    (url.scheme() != "javascript").then(|| url.into())
}

/// The tab in which a click with these keys opens a link, or sends a form, that names `named`: Ctrl asks for a new one, Shift for
/// that to be shown. Where nothing is named, the document's `<base>` may name something.
pub(super) fn target(document: &BaseDocument, named: Option<&str>, keys: Modifiers) -> Target {
    match (keys.contains(Modifiers::CONTROL), keys.contains(Modifiers::SHIFT)) {
        (true, false) => Target::NewTab,
        (_, true) => Target::NewForegroundTab,
        _ if named.or_else(|| base_target(document)).is_some_and(|name| name.eq_ignore_ascii_case("_blank")) => {
            Target::NewForegroundTab
        }
        _ => Target::Current,
    }
}

/// What the first `<base>` that names a target names.
fn base_target(document: &BaseDocument) -> Option<&str> {
    let head = document.find_head_node()?;
    let children = head.children.iter().filter_map(|child| document.get_node(*child));
    let mut bases = children.filter(|node| node.data.is_element_with_tag_name(&local_name!("base")));
    bases.find_map(|base| base.attr(local_name!("target")))
}

pub(super) fn is_link(document: &BaseDocument, node: NodeId) -> bool {
    document.get_node(node).and_then(|node| node.element_data()).is_some_and(|element| element.is_link())
}
