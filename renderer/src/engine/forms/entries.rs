//! What a form sends: names and values ("constructing the entry list"), and the values of its controls.

use super::Submitter;
use super::controls::{Control, FormOwners, ancestors, is_disabled, is_element};
use blitz_dom::traversal::TreeTraverser;
use blitz_dom::{BaseDocument, NodeId, local_name};

/// The names and values of a form, in the order of the tree.
pub(super) fn of_form(
    document: &BaseDocument,
    owners: &FormOwners,
    form: NodeId,
    submitter: Option<Submitter>,
) -> Vec<(String, String)> {
    let mut entries = Vec::new();
    for node in TreeTraverser::new(document) {
        let Some(control) = Control::of(document, node) else { continue };
        if owners.owner(document, node) == Some(form)
            && !is_disabled(document, node)
            && !ancestors(document, node).any(|above| is_element(document, above, "datalist"))
        {
            add(document, &mut entries, node, control, submitter);
        }
    }
    entries
}

fn add(
    document: &BaseDocument,
    entries: &mut Vec<(String, String)>,
    node: NodeId,
    control: Control,
    submitter: Option<Submitter>,
) {
    let attribute = |name| document.get_node(node).and_then(|node| node.attr(name));
    let name = attribute(local_name!("name")).unwrap_or_default();
    let submitter = submitter.filter(|submitter| submitter.button == node);
    if control == Control::Image {
        let Some(Submitter { at: (x, y), .. }) = submitter else { return };
        let prefix = if name.is_empty() { String::new() } else { format!("{name}.") };
        return entries.extend([(format!("{prefix}x"), x.to_string()), (format!("{prefix}y"), y.to_string())]);
    }
    if name.is_empty() {
        return;
    }
    let attribute_value = || attribute(local_name!("value")).unwrap_or_default().to_owned();
    let value = match control {
        Control::Submit if submitter.is_some() => attribute_value(),
        Control::Submit | Control::Image | Control::Reset | Control::Button => return,
        Control::Checkbox | Control::Radio if !is_checked(document, node) => return,
        Control::Checkbox | Control::Radio => attribute(local_name!("value")).unwrap_or("on").to_owned(),
        // No file is ever chosen; one that was not has an empty name.
        Control::File => String::new(),
        Control::Hidden if name.eq_ignore_ascii_case("_charset_") => "UTF-8".to_owned(),
        Control::Hidden | Control::Value => attribute_value(),
        Control::Line => text(document, node).unwrap_or_else(attribute_value).replace(['\n', '\r'], ""),
        Control::Text => {
            let content = || document.get_node(node).map(|node| node.text_content()).unwrap_or_default();
            with_line_breaks_of_forms(&text(document, node).unwrap_or_else(content))
        }
        Control::Select => {
            let chosen = options(document, node).into_iter().filter(|option| option.selected && !option.disabled);
            return entries.extend(chosen.map(|option| (name.to_owned(), option.value)));
        }
    };
    entries.push((name.to_owned(), value));
    if let (Control::Line | Control::Text, Some(name)) = (control, attribute(local_name!("dirname"))) {
        entries.push((name.to_owned(), direction(document, node).to_owned()));
    }
}

/// Whether a check box or a radio button is marked; one that was never laid out is as its attribute says.
fn is_checked(document: &BaseDocument, node: NodeId) -> bool {
    let element = document.get_node(node).and_then(|node| node.element_data());
    element.is_some_and(|element| {
        element.checkbox_input_checked().unwrap_or_else(|| element.has_attr(local_name!("checked")))
    })
}

/// What stands in a field of text; `None` for one that was never laid out.
fn text(document: &BaseDocument, node: NodeId) -> Option<String> {
    let input = document.get_node(node)?.element_data()?.text_input_data()?;
    Some(input.editor.raw_text().to_owned())
}

fn with_line_breaks_of_forms(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n").replace('\n', "\r\n")
}

fn direction(document: &BaseDocument, node: NodeId) -> &'static str {
    let named = std::iter::once(node)
        .chain(ancestors(document, node))
        .find_map(|id| document.get_node(id)?.attr(local_name!("dir")).map(str::to_ascii_lowercase));
    if named.as_deref() == Some("rtl") { "rtl" } else { "ltr" }
}

struct ChosenOption {
    value: String,
    selected: bool,
    disabled: bool,
}

/// The options of a `<select>`, in the order of the tree.
fn options(document: &BaseDocument, select: NodeId) -> Vec<ChosenOption> {
    TreeTraverser::new_with_root(document, select)
        .filter(|node| is_element(document, *node, "option"))
        .filter_map(|id| {
            let node = document.get_node(id)?;
            let has = |id: NodeId, name| document.get_node(id).is_some_and(|node| node.attr(name).is_some());
            Some(ChosenOption {
                value: crate::engine::choices::option_value(node),
                selected: node.attr(local_name!("selected")).is_some(),
                disabled: has(id, local_name!("disabled"))
                    || node.parent.is_some_and(|parent| {
                        is_element(document, parent, "optgroup") && has(parent, local_name!("disabled"))
                    }),
            })
        })
        .collect()
}
