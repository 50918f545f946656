//! Documents and media within a document. The engine draws nothing for most of them, without a word; here images are drawn as
//! images, and of everything else it is said what it is, in a box with a link to it.
//!
//! A frame is not loaded into the page's process: what it shows may be another site's.

use super::attributes;
use super::findings::Findings;
use blitz_dom::node::Attribute as NodeAttribute;
use blitz_dom::{DocumentMutator, LocalName, Node, NodeId, QualName, local_name, ns};
use html5ever::{Attribute, expanded_name};

/// The box. Its style is in `additions.css`.
const BOX: &str = "bulkhead-embedded";

/// The address of a frame, under a name that the engine does not know.
const SOURCE: &str = "bulkhead-src";

/// What the box keeps of an element: what style sheets may ask for.
const KEPT: [LocalName; 5] =
    [local_name!("id"), local_name!("class"), local_name!("title"), local_name!("name"), local_name!("align")];

/// Endings of images.
const IMAGES: [&str; 10] = [".svg", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".ico", ".avif", ".svgz"];

/// Notes an element that embeds something, and takes the address of a frame out of the engine's sight.
pub(super) fn hide_source(name: &QualName, attributes: &mut [Attribute]) {
    if name.expanded() != expanded_name!(html "iframe")
        || attributes::find(attributes, &LocalName::from("srcdoc")).is_some()
    {
        return;
    }
    for attribute in attributes {
        if attribute.name.ns == ns!() && attribute.name.local == local_name!("src") {
            attribute.name.local = LocalName::from(SOURCE);
        }
    }
}

/// Whether an element embeds something.
pub(super) fn is_embedding(name: &QualName) -> bool {
    let names = ["iframe", "object", "embed", "video", "audio", "frameset"];
    name.ns == ns!(html) && names.contains(&&*name.local)
}

/// Replaces the elements that embed something. To be called when the document is parsed.
pub(super) fn replace(mutator: &mut DocumentMutator<'_>, findings: &Findings) {
    for id in &findings.embedded {
        let Some(embedded) = mutator.doc.get_node(*id).filter(|node| node.flags.is_in_document()) else { continue };
        let Some(substitute) = Substitute::of(embedded, mutator) else { continue };
        let substitute = substitute.build(mutator);
        mutator.replace_node_with(*id, &[substitute]);
    }
}

/// What stands in the place of an element.
enum Substitute {
    /// An image, with text for where it cannot be had.
    Image { kept: Vec<NodeAttribute>, source: String, text: String },
    /// A box that says what it is.
    Link { kept: Vec<NodeAttribute>, kind: &'static str, address: String },
    /// Links to all frames of a set.
    Frames(Vec<(String, String)>),
}

impl Substitute {
    fn of(node: &Node, mutator: &DocumentMutator<'_>) -> Option<Self> {
        let element = node.element_data()?;
        let attribute =
            |name: &str| element.attr(LocalName::from(name)).map(str::trim).filter(|value| !value.is_empty());
        let kind = attribute("type").unwrap_or_default().to_ascii_lowercase();
        let link = |kind, address: &str| Self::Link { kept: kept(node), kind, address: address.to_owned() };
        let image =
            |source: &str| Self::Image { kept: kept(node), source: source.to_owned(), text: node.text_content() };
        match &*element.name.local {
            "iframe" => {
                attribute(SOURCE).filter(|source| !source.starts_with("about:")).map(|source| link("frame", source))
            }
            "object" => {
                let data = attribute("data")?;
                if is_image(&kind, data) {
                    Some(image(data))
                } else if kind == "text/html" || node.text_content().trim().is_empty() && !has_element(node, mutator) {
                    Some(link("object", data))
                } else {
                    None
                }
            }
            "embed" => attribute("src")
                .map(|source| if is_image(&kind, source) { image(source) } else { link("embedded", source) }),
            "video" | "audio" => {
                let kind = if &*element.name.local == "video" { "video" } else { "audio" };
                // A sound without controls is not seen anywhere.
                let is_seen = kind == "video" || element.attr(LocalName::from("controls")).is_some();
                let source = attribute("src").map(str::to_owned).or_else(|| first_source(node, mutator));
                source.filter(|_| is_seen).map(|source| link(kind, &source))
            }
            "frameset" => Some(Self::Frames(frames(node, mutator))),
            _ => None,
        }
    }

    fn build(self, mutator: &mut DocumentMutator<'_>) -> NodeId {
        match self {
            Self::Image { mut kept, source, text } => {
                kept.push(named("src", &source));
                kept.push(named("alt", text.trim()));
                mutator.create_element(QualName::new(None, ns!(html), local_name!("img")), kept)
            }
            Self::Link { kept, kind, address } => {
                let label = format!("{kind}: {} \u{2013} open", short(&address));
                let link = link(mutator, &address, &label);
                let embedded = mutator.create_element(QualName::new(None, ns!(html), LocalName::from(BOX)), kept);
                mutator.append_children(embedded, &[link]);
                embedded
            }
            Self::Frames(frames) => {
                let body = mutator.create_element(QualName::new(None, ns!(html), local_name!("body")), Vec::new());
                for (name, address) in frames {
                    let label = if name.is_empty() {
                        short(&address).to_owned()
                    } else {
                        format!("{name}: {}", short(&address))
                    };
                    let link = link(mutator, &address, &format!("frame {label}"));
                    let line = mutator.create_element(QualName::new(None, ns!(html), local_name!("p")), Vec::new());
                    mutator.append_children(line, &[link]);
                    mutator.append_children(body, &[line]);
                }
                body
            }
        }
    }
}

fn link(mutator: &mut DocumentMutator<'_>, address: &str, label: &str) -> NodeId {
    let link = mutator.create_element(QualName::new(None, ns!(html), local_name!("a")), vec![named("href", address)]);
    let text = mutator.create_text_node(label);
    mutator.append_children(link, &[text]);
    link
}

fn named(name: &str, value: &str) -> NodeAttribute {
    NodeAttribute { name: QualName::new(None, ns!(), LocalName::from(name)), value: value.to_owned() }
}

/// The attributes that are kept. Width and height become style, which the engine takes from these elements alone.
fn kept(node: &Node) -> Vec<NodeAttribute> {
    let Some(element) = node.element_data() else { return Vec::new() };
    let mut kept: Vec<NodeAttribute> =
        element.attrs().iter().filter(|attribute| KEPT.contains(&attribute.name.local)).cloned().collect();
    let mut style = String::new();
    for name in ["width", "height"] {
        let value = element.attr(LocalName::from(name)).map(str::trim).unwrap_or_default();
        let digits = value.trim_end_matches(|c: char| !c.is_ascii_digit());
        if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            let unit = if value.ends_with('%') { "%" } else { "px" };
            style += &format!("{name}: {digits}{unit}; ");
        }
    }
    style += element.attr(local_name!("style")).unwrap_or_default();
    if !style.is_empty() {
        kept.push(named("style", &style));
    }
    kept
}

fn is_image(kind: &str, address: &str) -> bool {
    let path = address.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    kind.starts_with("image/")
        || kind.is_empty() && (path.starts_with("data:image/") || IMAGES.iter().any(|ending| path.ends_with(ending)))
}

fn has_element(node: &Node, mutator: &DocumentMutator<'_>) -> bool {
    let is_content = |id: &NodeId| {
        mutator
            .doc
            .get_node(*id)
            .is_some_and(|child| child.is_element() && !child.data.is_element_with_tag_name(&local_name!("param")))
    };
    node.children.iter().any(is_content)
}

fn first_source(node: &Node, mutator: &DocumentMutator<'_>) -> Option<String> {
    let source = |id: &NodeId| {
        let child = mutator.doc.get_node(*id)?;
        if child.data.is_element_with_tag_name(&local_name!("source")) {
            child.attr(local_name!("src")).map(str::to_owned)
        } else {
            None
        }
    };
    node.children.iter().find_map(source)
}

/// Names and addresses of all frames in a set, also in sets within it.
fn frames(set: &Node, mutator: &DocumentMutator<'_>) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut waiting: Vec<NodeId> = set.children.iter().rev().copied().collect();
    while let Some(node) = waiting.pop().and_then(|id| mutator.doc.get_node(id)) {
        waiting.extend(node.children.iter().rev());
        let source =
            node.attr(local_name!("src")).filter(|_| node.data.is_element_with_tag_name(&local_name!("frame")));
        if let Some(source) = source {
            let name = [local_name!("title"), local_name!("name")].into_iter().find_map(|name| node.attr(name));
            found.push((name.unwrap_or_default().to_owned(), source.to_owned()));
        }
    }
    found
}

/// What to call an address: the last part of its path.
fn short(address: &str) -> &str {
    if address.starts_with("data:") {
        return "data";
    }
    let path = address.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    let last = path.rsplit('/').next().unwrap_or_default();
    if last.is_empty() { address } else { last }
}
