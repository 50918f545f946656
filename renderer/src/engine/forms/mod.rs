//! Sending forms, as the HTML standard has it (section 4.10.22, "Form submission"), less what needs a script.
//!
//! The engine has an algorithm of its own, which sends to `http:`, `https:`, `data:` and `mailto:` alone. It is never asked:
//! [`super::clicks`] and [`super::keys`] come here before.
//!
//! | module | question |
//! |---|---|
//! | [`controls`] | what is this element, whose is it, and is it disabled? |
//! | [`entries`] | what is sent? |
//! | this one | where to, and how? |

pub(super) mod controls;
mod entries;

use super::host::Host;
use super::links;
use blitz_dom::traversal::TreeTraverser;
use blitz_dom::{BaseDocument, LocalName, NodeId, QualName, local_name, ns};
use bulkhead_shared::uplink::Unsupported;
use controls::{Control, FormOwners};
use keyboard_types::Modifiers;
use url::Url;

/// How a form is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    Get,
    Post,
    /// It closes the dialog that it is in.
    Dialog,
}

/// Who sends a form, and how it came to that.
#[derive(Clone, Copy, Debug)]
pub(super) struct Submitter {
    /// The button.
    pub(super) button: NodeId,
    /// Where an image was clicked, in CSS pixels from its corner.
    pub(super) at: (i32, i32),
    /// The keys that were held.
    pub(super) keys: Modifiers,
}

/// Sends a form.
pub(super) fn submit(
    document: &mut BaseDocument,
    host: &Host,
    owners: &FormOwners,
    form: NodeId,
    submitter: Option<Submitter>,
) {
    let button = submitter.map(|submitter| submitter.button);
    let method = match attribute(document, form, button, local_name!("method"), local_name!("formmethod")) {
        Some(method) if method.eq_ignore_ascii_case("post") => Method::Post,
        Some(method) if method.eq_ignore_ascii_case("dialog") => Method::Dialog,
        _ => Method::Get,
    };
    if method == Method::Dialog {
        return close_dialog(document, form);
    }
    let Some(mut url) = action(document, form, button) else { return host.unsupported(Unsupported::BadAddress) };
    match (url.scheme(), method) {
        ("javascript", _) => return host.unsupported(Unsupported::Script),
        // Whoever handles such addresses is told no more than where to write to.
        ("mailto", _) => {}
        (_, Method::Get) => {
            let entries = entries::of_form(document, owners, form, submitter);
            url.set_query(Some(&url::form_urlencoded::Serializer::new(String::new()).extend_pairs(entries).finish()));
        }
        (_, Method::Post | Method::Dialog) => return host.unsupported(Unsupported::PostForm { url: url.into() }),
    }
    let keys = submitter.map_or(Modifiers::default(), |submitter| submitter.keys);
    let named = attribute(document, form, button, local_name!("target"), local_name!("formtarget"));
    host.navigate(url.into(), links::target(document, named, keys));
}

/// Enter in a field sends its form: by the form's first button, or, where there is none, if the field is alone in it
/// ("implicit submission").
pub(super) fn submit_implicitly(document: &mut BaseDocument, host: &Host, owners: &FormOwners, field: NodeId) {
    let Some(form) = owners.owner(document, field) else { return };
    let controls: Vec<(NodeId, Control)> = TreeTraverser::new(document)
        .filter_map(|node| Some((node, Control::of(document, node)?)))
        .filter(|(node, _)| owners.owner(document, *node) == Some(form))
        .collect();
    let button = controls.iter().find(|(_, control)| control.submits()).map(|(node, _)| *node);
    match button {
        Some(button) if controls::is_disabled(document, button) => {}
        Some(button) => {
            let submitter = Submitter { button, at: (0, 0), keys: Modifiers::default() };
            submit(document, host, owners, form, Some(submitter));
        }
        None if controls.iter().filter(|(_, control)| control.is_line_of_text()).count() > 1 => {}
        None => submit(document, host, owners, form, None),
    }
}

/// Where a form is sent. Without an address, that is the document's own.
fn action(document: &BaseDocument, form: NodeId, button: Option<NodeId>) -> Option<Url> {
    let own = document.url();
    match attribute(document, form, button, local_name!("action"), local_name!("formaction")).map(str::trim) {
        None | Some("") => Some(own.clone()),
        Some(action) => own.join(action).ok(),
    }
}

/// What the button says, else what the form says.
fn attribute(
    document: &BaseDocument,
    form: NodeId,
    button: Option<NodeId>,
    of_form: LocalName,
    of_button: LocalName,
) -> Option<&str> {
    let by_button = button.and_then(|button| document.get_node(button)?.attr(of_button));
    by_button.or_else(|| document.get_node(form)?.attr(of_form))
}

fn close_dialog(document: &mut BaseDocument, form: NodeId) {
    let up = |id: &NodeId| document.get_node(*id)?.parent;
    let is_dialog = |id: &NodeId| {
        document.get_node(*id).is_some_and(|node| node.data.is_element_with_tag_name(&local_name!("dialog")))
    };
    if let Some(dialog) = std::iter::successors(Some(form), up).find(is_dialog) {
        document.mutate().clear_attribute(dialog, QualName::new(None, ns!(), local_name!("open")));
    }
}
