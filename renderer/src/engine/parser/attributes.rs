//! Attributes as the engine compares them: it knows the keywords of HTML in lower case only.

use blitz_dom::{LocalName, QualName, local_name, ns};
use html5ever::Attribute;
use html5ever::tendril::StrTendril;

/// Attributes whose values are keywords in any case, by HTML's list of those that selectors compare so (section 4.16.2).
/// `type` is not one of them on lists, where `a` and `A` are two things.
const KEYWORDS: [LocalName; 12] = [
    local_name!("align"),
    local_name!("clear"),
    local_name!("dir"),
    local_name!("enctype"),
    local_name!("http-equiv"),
    local_name!("method"),
    local_name!("rel"),
    local_name!("scope"),
    local_name!("shape"),
    local_name!("target"),
    local_name!("type"),
    local_name!("valign"),
];

const LISTS: [LocalName; 3] = [local_name!("li"), local_name!("ol"), local_name!("ul")];

/// Puts the keywords of an HTML element into lower case.
pub(super) fn lower_keywords(element: &QualName, attributes: &mut [Attribute]) {
    if element.ns != ns!(html) {
        return;
    }
    for attribute in attributes.iter_mut().filter(|attribute| attribute.name.ns == ns!()) {
        let is_keyword = KEYWORDS.contains(&attribute.name.local)
            && !(attribute.name.local == local_name!("type") && LISTS.contains(&element.local))
            // The name of a window is one, those that begin with an underscore are keywords.
            && (attribute.name.local != local_name!("target") || attribute.value.starts_with('_'));
        if is_keyword && attribute.value.contains(|character: char| character.is_ascii_uppercase()) {
            attribute.value = StrTendril::from_slice(&attribute.value.to_ascii_lowercase());
        }
    }
}

/// The value of an attribute.
pub(super) fn find<'a>(attributes: &'a [Attribute], name: &LocalName) -> Option<&'a StrTendril> {
    let mut found = attributes.iter().filter(|attribute| attribute.name.ns == ns!() && attribute.name.local == *name);
    found.next().map(|attribute| &attribute.value)
}

/// Sets an attribute.
pub(super) fn set(attributes: &mut Vec<Attribute>, name: LocalName, value: &str) {
    let value = StrTendril::from_slice(value);
    match attributes.iter_mut().find(|attribute| attribute.name.ns == ns!() && attribute.name.local == name) {
        Some(attribute) => attribute.value = value,
        None => attributes.push(Attribute { name: QualName::new(None, ns!(), name), value }),
    }
}
