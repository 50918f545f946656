//! Images that cannot be had: a sign and their alternative text are shown in their place, as in Chromium. The engine shows nothing.

use super::empty_inlines;
use blitz_dom::node::Attribute;
use blitz_dom::{BaseDocument, LocalName, NodeId, QualName, local_name, ns};
use style::values::computed::Size;

/// The element that stands for the image; `additions.css` draws the sign.
const ELEMENT: &str = "bulkhead-alt";

/// What marks an image that is replaced by it; `additions.css` hides those.
const MARK: &str = "bulkhead-failed";

/// What is shown for an image.
struct Alternative {
    image: NodeId,
    /// Nothing where the image has none.
    text: String,
    /// The size of its box in CSS pixels, where there is no text and the style has one.
    size: Option<(f32, f32)>,
}

/// Puts the alternative in the place of each image that is not there, which is to be called once all that will come has come. Returns
/// whether there was one.
pub(super) fn show(document: &mut BaseDocument) -> bool {
    let failed: Vec<NodeId> = document.tree().iter().map(|(id, _)| id).filter(|id| has_failed(document, *id)).collect();
    let mut any = false;
    for image in failed {
        any |= match alternative(document, image) {
            Some(found) => {
                put(document, found);
                true
            }
            None => empty_inlines::keep_line(document, image),
        };
    }
    any
}

fn put(document: &mut BaseDocument, found: Alternative) {
    let name = |name: &str| QualName::new(None, ns!(), LocalName::from(name));
    let mut mutator = document.mutate();
    let element =
        mutator.create_element(QualName::new(None, ns!(html), LocalName::from(ELEMENT)), Vec::<Attribute>::new());
    if found.text.is_empty() {
        mutator.set_attribute(element, name("bulkhead-bare"), "");
    } else {
        let text = mutator.create_text_node(&found.text);
        mutator.append_children(element, &[text]);
    }
    if let Some((width, height)) = found.size {
        mutator.set_attribute(element, name("style"), &format!("width:{width}px;height:{height}px"));
        mutator.set_attribute(element, name("bulkhead-sized"), "");
    }
    mutator.insert_nodes_after(found.image, &[element]);
    mutator.set_attribute(found.image, name(MARK), "");
}

/// Whether it is an image in the document that has an address, and is not there.
fn has_failed(document: &BaseDocument, id: NodeId) -> bool {
    let node = document.get_node(id).filter(|node| node.flags.is_in_document() && node.parent.is_some());
    let element = node.and_then(|node| node.element_data());
    element.is_some_and(|element| {
        element.name.local == local_name!("img")
            && element.raster_image_data().is_none()
            && element.svg_data().is_none()
            && !element.has_attr(LocalName::from(MARK))
            && (element.has_attr(local_name!("src")) || element.has_attr(local_name!("alt")))
    })
}

/// What is shown for an image; nothing for one that says that it has no meaning.
fn alternative(document: &BaseDocument, image: NodeId) -> Option<Alternative> {
    let node = document.get_node(image)?;
    let text = node.attr(local_name!("alt")).map(str::trim);
    if text.is_some_and(str::is_empty) {
        return None;
    }
    let text = text.unwrap_or_default().to_owned();
    let style = node.primary_styles()?;
    let length = |size: Size| match size {
        Size::LengthPercentage(size) => size.0.to_length().map(|size| size.px()),
        _ => None,
    };
    let size = length(style.clone_width()).zip(length(style.clone_height())).filter(|_| text.is_empty());
    Some(Alternative { image, text, size })
}
