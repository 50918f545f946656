//! Images that cannot be had: their alternative text is shown in their place, which the engine does not do.

use blitz_dom::node::Attribute;
use blitz_dom::{BaseDocument, LocalName, NodeId, QualName, local_name, ns};

/// The element that has the text; an inline box without a style, as every element that nobody knows.
const ELEMENT: &str = "bulkhead-alt";

/// What marks an image that is replaced by it; `additions.css` hides those.
const MARK: &str = "bulkhead-failed";

/// Puts the text in the place of each image that is not there, which is to be called once all that will come has come. Returns
/// whether there was one.
pub(super) fn show(document: &mut BaseDocument) -> bool {
    let failed: Vec<(NodeId, String)> =
        document.tree().iter().filter_map(|(id, _)| Some((id, alternative(document, id)?))).collect();
    let mark = QualName::new(None, ns!(), LocalName::from(MARK));
    for (image, text) in &failed {
        let mut mutator = document.mutate();
        let name = QualName::new(None, ns!(html), LocalName::from(ELEMENT));
        let (element, text) = (mutator.create_element(name, Vec::<Attribute>::new()), mutator.create_text_node(text));
        mutator.append_children(element, &[text]);
        mutator.insert_nodes_after(*image, &[element]);
        mutator.set_attribute(*image, mark.clone(), "");
    }
    !failed.is_empty()
}

/// The text of an image that is in the document, has one, and is not there.
fn alternative(document: &BaseDocument, id: NodeId) -> Option<String> {
    let node = document.get_node(id).filter(|node| node.flags.is_in_document() && node.parent.is_some())?;
    let element = node.element_data().filter(|element| element.name.local == local_name!("img"))?;
    let is_there = element.raster_image_data().is_some() || element.svg_data().is_some();
    if is_there || element.has_attr(LocalName::from(MARK)) {
        return None;
    }
    let text = element.attr(local_name!("alt"))?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
