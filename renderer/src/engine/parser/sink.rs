//! Between tree builder and tree: bounds the tree's depth, and the addresses in it.

use super::findings::Findings;
use super::nesting::Built;
use super::refresh::Refresh;
use super::runs::{Place as RunPlace, Runs};
use super::{DEPTH, attributes, embedded, hints};
use crate::engine::{declarations, placeholders, sheet};
use blitz_dom::{LocalName, NodeId, QualName};
use blitz_html::DocumentHtmlParser;
use html5ever::interface::{ElemName, ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::local_name;
use html5ever::tendril::StrTendril;
use html5ever::{Attribute, expanded_name, ns};
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use url::Url;

/// The engine's sink, with a guard before it.
pub(super) struct GuardedSink<'m, 'd> {
    inner: DocumentHtmlParser<'m, 'd>,
    /// Parent and depth of each node that may get children.
    places: RefCell<HashMap<NodeId, Place>>,
    built: Rc<Built>,
    runs: RefCell<Runs>,
    /// The `<details>` elements.
    details: RefCell<HashSet<NodeId>>,
    document_url: Url,
    /// What the first `<base>` element says.
    base: RefCell<Option<Url>>,
    findings: Rc<RefCell<Findings>>,
}

#[derive(Clone, Copy)]
struct Place {
    parent: NodeId,
    depth: u32,
}

impl<'m, 'd> GuardedSink<'m, 'd> {
    pub(super) fn new(
        inner: DocumentHtmlParser<'m, 'd>,
        document_url: Url,
        built: Rc<Built>,
        findings: Rc<RefCell<Findings>>,
    ) -> Self {
        Self {
            inner,
            places: RefCell::default(),
            built,
            runs: RefCell::default(),
            details: RefCell::default(),
            document_url,
            base: RefCell::default(),
            findings,
        }
    }

    fn is_within(&self, node: NodeId, ancestor: NodeId) -> bool {
        let places = self.places.borrow();
        std::iter::successors(Some(node), |node| Some(places.get(node)?.parent)).any(|node| node == ancestor)
    }

    /// Where a child of `parent` is put: at the limit, beside its parent instead.
    fn place(&self, parent: NodeId, child: &NodeOrText<NodeId>) -> NodeId {
        let mut places = self.places.borrow_mut();
        let mut target = parent;
        let mut depth = places.get(&parent).map_or(0, |place| place.depth);
        while depth >= DEPTH
            && let Some(place) = places.get(&target)
        {
            target = place.parent;
            depth = places.get(&target).map_or(0, |place| place.depth);
        }
        if let NodeOrText::AppendNode(child) = child {
            places.insert(*child, Place { parent: target, depth: depth + 1 });
            self.built.depth.set(depth + 1);
        }
        target
    }

    /// Text that lies directly in a `<details>` element gets an element of its own, which can be hidden: a style sheet selects
    /// no text.
    fn add_slot(&self, details: NodeId) -> NodeId {
        let name = QualName::new(None, ns!(html), local_name!("slot"));
        let slot = self.inner.create_element(name, Vec::new(), ElementFlags::default());
        self.inner.append(&details, NodeOrText::AppendNode(slot));
        slot
    }

    /// Takes note of what an element says to the browser rather than to the engine.
    fn take_note(&self, name: &QualName, attributes: &mut Vec<Attribute>) {
        let mut findings = self.findings.borrow_mut();
        let has = |name| attributes::find(attributes, &name).is_some();
        findings.inherits |= has(local_name!("dir")) || has(local_name!("lang")) && name.local != local_name!("html");
        match name.expanded() {
            expanded_name!(html "link") => findings.sheets.link(attributes),
            expanded_name!(html "style") | expanded_name!(svg "style") => findings.sheets.style(attributes),
            expanded_name!(html "meta") => {
                let name = attributes::find(attributes, &local_name!("http-equiv"));
                let content = attributes::find(attributes, &local_name!("content"));
                match (name.map(|name| &**name), content) {
                    (Some("default-style"), Some(content)) => findings.sheets.prefer(content),
                    (Some("refresh"), Some(content)) if findings.refresh.is_none() => {
                        let base = self.base.borrow();
                        findings.refresh = Refresh::parse(content, base.as_ref().unwrap_or(&self.document_url));
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }

    /// Puts an element with a text into another one: what a control shows besides its contents.
    fn add_text_element(&self, parent: NodeId, name: &str, text: &str) {
        let name = QualName::new(None, ns!(html), LocalName::from(name));
        let element = self.inner.create_element(name, Vec::new(), ElementFlags::default());
        self.inner.append(&element, NodeOrText::AppendText(StrTendril::from_slice(text)));
        self.inner.append(&parent, NodeOrText::AppendNode(element));
    }

    /// Whether text in this element is source code, which is not laid out.
    fn is_source(&self, element: NodeId) -> bool {
        let name = self.inner.elem_name(&element);
        let name = name.local_name();
        *name == local_name!("script") || *name == local_name!("style")
    }

    /// A block in which a long run of inline elements goes on.
    fn add_block(&self, parent: NodeId) -> NodeId {
        let name = QualName::new(None, ns!(html), local_name!("div"));
        let block = self.inner.create_element(name, Vec::new(), ElementFlags::default());
        self.inner.append(&parent, NodeOrText::AppendNode(block));
        self.runs.borrow_mut().continue_in(parent, block);
        block
    }

    /// Resolves addresses where a `<base>` element says against what, and drops those that the engine could not resolve: it
    /// panics on them.
    fn check_addresses(&self, name: &QualName, attributes: &mut Vec<Attribute>) {
        if name.local == local_name!("base") && self.base.borrow().is_none() {
            let href = attributes.iter().find(|attribute| attribute.name.local == local_name!("href"));
            *self.base.borrow_mut() = href.and_then(|href| self.document_url.join(href.value.trim()).ok());
        }
        let base = self.base.borrow();
        let is_link = name.local == local_name!("a") || name.local == local_name!("area");
        attributes.retain_mut(|attribute| {
            if !is_address(name, attribute) {
                return true;
            }
            match base.as_ref().unwrap_or(&self.document_url).join(attribute.value.trim()) {
                Ok(url) if base.is_some() => attribute.value = StrTendril::from_slice(url.as_str()),
                Ok(_) => {}
                // Nobody follows it, but it looks like the link that it is meant to be.
                Err(_) => return is_link,
            }
            true
        });
        // A form without an address is sent to the document's own, which needs to be one that others can be joined to.
        let has_action = attributes.iter().any(|attribute| attribute.name.local == local_name!("action"));
        if name.local == local_name!("form") && !has_action && self.document_url.cannot_be_a_base() {
            attributes.push(hints::attribute(local_name!("action"), self.document_url.as_str()));
        }
    }
}

/// Settles what kind of field an `<input>` is: the engine knows kinds in lower case only, and shows nothing for some, which become
/// fields of text, so that their values can be read and typed. A button that has no label gets the one of its kind.
fn settle_input(attributes: &mut Vec<Attribute>) {
    const KNOWN: [&str; 15] = [
        "hidden", "text", "search", "tel", "url", "email", "password", "range", "color", "checkbox", "radio", "file",
        "submit", "image", "reset",
    ];
    let Some(kind) = attributes.iter_mut().find(|attribute| attribute.name.local == local_name!("type")) else {
        return;
    };
    let lower = kind.value.to_ascii_lowercase();
    let known = lower == "button" || KNOWN.contains(&&*lower);
    kind.value = StrTendril::from_slice(if known { &lower } else { "text" });
    let label = match &*lower {
        "submit" => "Submit",
        "reset" => "Reset",
        _ => return,
    };
    if !attributes.iter().any(|attribute| attribute.name.local == local_name!("value")) {
        attributes.push(hints::attribute(local_name!("value"), label));
    }
}

/// Has an element's own style say what the engine would drop of it.
fn rewrite_style(attributes: &mut [Attribute]) {
    let style = attributes.iter_mut().find(|attribute| attribute.name.local == local_name!("style"));
    let Some(style) = style.filter(|style| declarations::may_have(&style.value)) else { return };
    if let Cow::Owned(rewritten) = sheet::rewrite(&style.value) {
        style.value = StrTendril::from_slice(&rewritten);
    }
}

fn is_address(element: &QualName, attribute: &Attribute) -> bool {
    let names = [local_name!("href"), local_name!("src"), local_name!("action"), local_name!("formaction")];
    let is_data = attribute.name.local == local_name!("data") && element.local == local_name!("object");
    attribute.name.ns == ns!() && (is_data || names.contains(&attribute.name.local))
}

impl<'m, 'd> TreeSink for GuardedSink<'m, 'd> {
    type Handle = NodeId;
    type Output = ();
    type ElemName<'a>
        = <DocumentHtmlParser<'m, 'd> as TreeSink>::ElemName<'a>
    where
        Self: 'a;

    fn finish(self) {
        self.inner.finish();
    }

    /// Nobody reads them.
    fn parse_error(&self, _message: Cow<'static, str>) {}

    fn get_document(&self) -> NodeId {
        self.inner.get_document()
    }

    fn elem_name<'a>(&'a self, target: &'a NodeId) -> Self::ElemName<'a> {
        self.inner.elem_name(target)
    }

    fn create_element(&self, name: QualName, mut attributes: Vec<Attribute>, flags: ElementFlags) -> NodeId {
        attributes::lower_keywords(&name, &mut attributes);
        self.built.elements.set(self.built.elements.get().saturating_add(1));
        self.built.size.add_element();
        let local = name.local.clone();
        self.check_addresses(&name, &mut attributes);
        self.take_note(&name, &mut attributes);
        rewrite_style(&mut attributes);
        hints::add(&name, &mut attributes);
        embedded::hide_source(&name, &mut attributes);
        if name.expanded() == expanded_name!(html "input") {
            settle_input(&mut attributes);
        }
        let placeholder = hints::placeholder(&name, &attributes);
        let is_file_field = hints::is_file_field(&name, &attributes);
        let group_label = hints::group_label(&name, &attributes);
        let is_details = name.expanded() == expanded_name!(html "details");
        let is_embedding = embedded::is_embedding(&name);
        let is_style = name.local == local_name!("style");
        let element = self.inner.create_element(name, attributes, flags);
        self.runs.borrow_mut().created(element, &local);
        {
            let mut findings = self.findings.borrow_mut();
            findings.sheets.created(element);
            if is_embedding {
                findings.embedded.push(element);
            }
            if is_style {
                findings.styles.push(element);
            }
        }
        if is_details {
            self.details.borrow_mut().insert(element);
        }
        if is_file_field {
            self.add_text_element(element, "bulkhead-file", "Choose File");
            self.inner.append(&element, NodeOrText::AppendText("No file chosen".into()));
        }
        if let Some(text) = group_label {
            self.add_text_element(element, "bulkhead-optgroup", &text);
        }
        if let Some(text) = placeholder {
            let name = QualName::new(None, ns!(html), LocalName::from(placeholders::ELEMENT));
            let text = vec![hints::attribute(LocalName::from(placeholders::TEXT), &text)];
            let placeholder = self.inner.create_element(name, text, ElementFlags::default());
            self.inner.append(&element, NodeOrText::AppendNode(placeholder));
        }
        element
    }

    fn create_comment(&self, text: StrTendril) -> NodeId {
        self.inner.create_comment(text)
    }

    fn create_pi(&self, target: StrTendril, data: StrTendril) -> NodeId {
        self.inner.create_pi(target, data)
    }

    fn append(&self, parent: &NodeId, child: NodeOrText<NodeId>) {
        let mut parent = self.place(*parent, &child);
        let is_text = matches!(&child, NodeOrText::AppendText(text) if !text.trim().is_empty());
        if is_text && self.details.borrow().contains(&parent) {
            parent = self.add_slot(parent);
        }
        let place = match &child {
            NodeOrText::AppendNode(element) => self.runs.borrow_mut().place_element(parent, *element),
            NodeOrText::AppendText(text) => {
                if !self.is_source(parent) {
                    self.built.size.add_text(text.len());
                }
                RunPlace::Into(self.runs.borrow_mut().place_text(parent, text))
            }
        };
        let parent = match place {
            RunPlace::Into(parent) => parent,
            RunPlace::IntoNewBlock(parent) => self.add_block(parent),
        };
        self.inner.append(&parent, child);
    }

    fn append_based_on_parent_node(&self, element: &NodeId, previous: &NodeId, child: NodeOrText<NodeId>) {
        let parent = self.places.borrow().get(element).map(|place| place.parent);
        self.place(parent.unwrap_or(*previous), &child);
        self.inner.append_based_on_parent_node(element, previous, child);
    }

    fn associate_with_form(&self, control: &NodeId, form: &NodeId, at: (&NodeId, Option<&NodeId>)) {
        if !self.is_within(*at.0, *form) {
            self.findings.borrow_mut().form_owners.insert(*control, *form);
        }
    }

    fn append_doctype_to_document(&self, name: StrTendril, public_id: StrTendril, system_id: StrTendril) {
        self.inner.append_doctype_to_document(name, public_id, system_id);
    }

    fn get_template_contents(&self, target: &NodeId) -> NodeId {
        let contents = self.inner.get_template_contents(target);
        let mut places = self.places.borrow_mut();
        let depth = places.get(target).map_or(0, |place| place.depth);
        places.entry(contents).or_insert(Place { parent: *target, depth });
        contents
    }

    fn same_node(&self, x: &NodeId, y: &NodeId) -> bool {
        self.inner.same_node(x, y)
    }

    fn set_quirks_mode(&self, mode: QuirksMode) {
        self.findings.borrow_mut().mode = mode;
        self.inner.set_quirks_mode(mode);
    }

    fn append_before_sibling(&self, sibling: &NodeId, child: NodeOrText<NodeId>) {
        let place = self.places.borrow().get(sibling).copied();
        if let (Some(place), NodeOrText::AppendNode(child)) = (place, &child) {
            self.built.depth.set(place.depth);
            self.places.borrow_mut().insert(*child, place);
        }
        self.inner.append_before_sibling(sibling, child);
    }

    fn add_attrs_if_missing(&self, target: &NodeId, attributes: Vec<Attribute>) {
        self.inner.add_attrs_if_missing(target, attributes);
    }

    fn remove_from_parent(&self, target: &NodeId) {
        self.inner.remove_from_parent(target);
    }

    fn reparent_children(&self, from: &NodeId, to: &NodeId) {
        self.inner.reparent_children(from, to);
    }
}
