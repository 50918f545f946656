//! From markup to a tree that the engine can walk: html5ever and xml5ever, with a guard on either side of the tree builder.
//!
//! - [`nesting`] keeps the builder's stack of open elements short, which it searches at every tag, and its list of formatting
//!   elements, which it opens anew in every paragraph: without it, a page that opens many elements and closes none takes time by
//!   the square;
//! - [`sink`] keeps the tree shallow, which the engine walks by recursion, and its addresses such as the engine can resolve.
//!
//! And [`hints`] says what attributes mean to the style, where the engine does not know.
//!
//! Chromium has the same limit on depth (`kMaximumHTMLParserDOMTreeDepth`).

mod attributes;
mod embedded;
mod findings;
mod hints;
mod inherited;
mod nesting;
mod quirks;
mod refresh;
mod runs;
mod sheets;
mod sink;
mod size;

pub(crate) use refresh::Refresh;

use super::forms::controls::FormOwners;
use super::sheet;
use blitz_dom::{BaseDocument, Document, DocumentConfig, DocumentMutator, HtmlParserProvider, NodeId};
use blitz_html::DocumentHtmlParser;
use findings::Findings;
use html5ever::TokenizerResult;
use html5ever::buffer_queue::BufferQueue;
use html5ever::tendril::{StrTendril, TendrilSink};
use html5ever::tokenizer::{Tokenizer, TokenizerOpts};
use html5ever::tree_builder::{TreeBuilder, TreeBuilderOpts};
use nesting::{Built, Nesting};
use sink::GuardedSink;
use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;

/// Elements within elements. What is nested deeper becomes a sibling.
const DEPTH: u32 = 512;

/// What a document says of itself to the browser.
#[derive(Debug, Default)]
pub(super) struct Parsed {
    /// What it wants to be followed by.
    pub(super) refresh: Option<Refresh>,
    /// Which controls belong to which form, where the tree does not tell.
    pub(super) form_owners: FormOwners,
}

/// Parses HTML into an empty document.
pub(super) fn parse_html(document: &mut BaseDocument, html: &str) -> Parsed {
    let base = document.base_url().clone();
    let mut mutator = document.mutate();
    let built = Rc::<Built>::default();
    let findings = Rc::<RefCell<Findings>>::default();
    let sink = GuardedSink::new(DocumentHtmlParser::new(&mut mutator), base, Rc::clone(&built), Rc::clone(&findings));
    // No script runs, so the contents of <noscript> are shown.
    let options = TreeBuilderOpts { scripting_enabled: false, drop_doctype: true, ..TreeBuilderOpts::default() };
    let nesting = Nesting::new(TreeBuilder::new(sink, options), Rc::clone(&built));
    let tokenizer = Tokenizer::new(nesting, TokenizerOpts::default());
    let input = BufferQueue::default();
    let mut parsed = 0;
    for step in size::steps(html).take_while(|_| !built.size.is_full()) {
        input.push_back(StrTendril::from_slice(step));
        // It stops at scripts and at declarations of an encoding; neither means anything here.
        while !matches!(tokenizer.feed(&input), TokenizerResult::Done) {}
        parsed += step.len();
    }
    tokenizer.end();
    drop(tokenizer);
    if parsed < html.len() {
        size::tell_what_is_left_out(&mut mutator, parsed, html.len());
    }
    finish(&mut mutator, &mut findings.borrow_mut())
}

/// Parses XML into an empty document.
pub(super) fn parse_xml(document: &mut BaseDocument, xml: &str) -> Parsed {
    let base = document.base_url().clone();
    let mut mutator = document.mutate();
    let mut inner = DocumentHtmlParser::new(&mut mutator);
    inner.is_xml = true;
    let findings = Rc::<RefCell<Findings>>::default();
    let built = Rc::<Built>::default();
    let sink = GuardedSink::new(inner, base, Rc::clone(&built), Rc::clone(&findings));
    let mut parser = xml5ever::driver::parse_document(sink, Default::default());
    let mut parsed = 0;
    for step in size::steps(xml).take_while(|_| !built.size.is_full()) {
        parser.process(StrTendril::from_slice(step));
        parsed += step.len();
    }
    parser.finish();
    if parsed < xml.len() {
        size::tell_what_is_left_out(&mut mutator, parsed, xml.len());
    }
    finish(&mut mutator, &mut findings.borrow_mut())
}

/// What can be settled only when all of the document is known.
fn finish(mutator: &mut DocumentMutator<'_>, findings: &mut Findings) -> Parsed {
    findings.sheets.finish(mutator);
    embedded::replace(mutator, findings);
    if findings.inherits {
        inherited::mark(mutator);
    }
    quirks::mark(mutator, findings.mode);
    for style in &findings.styles {
        prepare_style(mutator, *style);
    }
    let form_owners = FormOwners::new(std::mem::take(&mut findings.form_owners));
    Parsed { refresh: findings.refresh.take(), form_owners }
}

/// Prepares the text of a `<style>` element for the engine, which decodes character references in it, where HTML has none.
fn prepare_style(mutator: &mut DocumentMutator<'_>, style: NodeId) {
    let parts: Vec<NodeId> = mutator.child_ids(style).to_vec();
    let text: String =
        parts.iter().filter_map(|id| mutator.doc.get_node(*id)?.text_data()).map(|text| &*text.content).collect();
    let prepared = sheet::rewrite(&text);
    if matches!(prepared, Cow::Borrowed(_)) && !text.contains('&') {
        return;
    }
    let prepared = prepared.replace('&', "&amp;");
    for id in parts {
        mutator.remove_and_drop_node(id);
    }
    let text = mutator.create_text_node(&prepared);
    mutator.append_children(style, &[text]);
}

/// For documents within the document.
pub(super) struct Provider;

impl HtmlParserProvider for Provider {
    /// Only scripts set the inner HTML of an element, and there are none.
    fn parse_inner_html(&self, mutator: &mut DocumentMutator<'_>, element: NodeId, html: &str) {
        DocumentHtmlParser::parse_inner_html_into_mutator(mutator, element, html);
    }

    fn parse_document(&self, html: &str, config: DocumentConfig) -> Box<dyn Document> {
        let mut document = BaseDocument::new(config);
        parse_html(&mut document, html);
        Box::new(document)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use blitz_dom::local_name;

    fn parsed(url: &str, html: &str) -> BaseDocument {
        let config = DocumentConfig { base_url: Some(url.to_owned()), ..DocumentConfig::default() };
        let mut document = BaseDocument::new(config);
        parse_html(&mut document, html);
        document
    }

    /// Depth of the deepest node, and how many elements there are.
    fn shape(document: &BaseDocument) -> (usize, usize) {
        let depth = |id: NodeId| {
            std::iter::successors(Some(id), |id| document.get_node(*id).and_then(|node| node.parent)).count()
        };
        let deepest = document.tree().iter().map(|(id, _)| depth(id)).max().unwrap();
        (deepest, document.tree().iter().filter(|(_, node)| node.is_element()).count())
    }

    fn attribute(document: &BaseDocument, element: &str, name: blitz_dom::LocalName) -> Option<String> {
        let mut nodes = document.tree().iter().map(|(_, node)| node);
        let node = nodes.find(|node| node.element_data().is_some_and(|data| &*data.name.local == element)).unwrap();
        node.attr(name).map(str::to_owned)
    }

    #[test]
    fn ordinary_pages_are_parsed_as_by_the_engines_own_parser() {
        let html = "<!DOCTYPE html><title>t</title><p>a<p>b<table><tr><td>c<td>d</table><ul><li>e<li>f<ul><li>g</ul></ul>\
                    <b><i>x</b>y</i><noscript><em>z</em></noscript><template>v<b>w</b></template><svg><path/></svg>";
        let guarded = parsed("http://a/", html);
        let own = blitz_html::HtmlDocument::from_html(html, DocumentConfig::default());
        let texts = |document: &BaseDocument| document.root_element().text_content();
        assert_eq!(shape(&guarded), shape(&own));
        assert_eq!(texts(&guarded), texts(&own));
    }

    #[test]
    fn a_tree_is_as_deep_as_the_limit_and_no_deeper() {
        let (deepest, elements) = shape(&parsed("http://a/", &"<div>".repeat(2000)));
        assert!((DEPTH as usize..=DEPTH as usize + 3).contains(&deepest), "{deepest}");
        assert!(elements >= DEPTH as usize);
        let (deepest, _) = shape(&parsed("http://a/", &"<ul><li>".repeat(2000)));
        assert!(deepest <= DEPTH as usize + 3, "{deepest}");
    }

    #[test]
    fn what_follows_a_part_that_is_too_deep_is_in_its_place() {
        let html = format!("{}deep{}<p id=after>after", "<div>".repeat(3000), "</div>".repeat(3000));
        let document = parsed("http://a/", &html);
        let after = document.get_element_by_id("after").unwrap();
        let parent = document.get_node(after).unwrap().parent.unwrap();
        assert_eq!(document.find_body_node().unwrap().id, parent);
        assert_eq!(document.root_element().text_content(), "deepafter");
    }

    #[test]
    fn a_long_page_of_short_elements_is_not_deep() {
        let html = "<p>a<span>b</span><br><img><input>".repeat(5000);
        let (deepest, elements) = shape(&parsed("http://a/", &html));
        assert!(deepest < 8, "{deepest}");
        assert_eq!(elements, 3 + 5 * 5000);
    }

    #[test]
    fn of_a_million_open_elements_no_more_are_made_than_may_be_nested() {
        assert!(shape(&parsed("http://a/", &"<div>".repeat(1_000_000))).1 <= DEPTH as usize + 3);
    }

    /// How many elements come of `n` times what `part` makes.
    fn elements(n: usize, part: impl Fn(usize) -> String) -> usize {
        shape(&parsed("http://a/", &(0..n).map(part).collect::<String>())).1
    }

    #[test]
    fn a_slash_at_the_end_of_a_tag_closes_nothing_but_drawings() {
        for tag in ["<div/>", "<x-y/>", "<p/><div/>", "<svg><div/>"] {
            let (deepest, _) = shape(&parsed("http://a/", &tag.repeat(20_000)));
            assert!(deepest <= DEPTH as usize + 3, "{tag}: {deepest}");
        }
        let (deepest, elements) = shape(&parsed("http://a/", &format!("<svg>{}</svg>", "<path/>".repeat(1000))));
        assert_eq!((deepest, elements), (5, 3 + 1 + 1000));
    }

    #[test]
    fn formatting_that_is_never_closed_makes_no_tree_by_the_square() {
        for part in [
            (|n| format!("<p><b a{n}>x</p>")) as fn(usize) -> String,
            |n| format!("<p><font size={n}>x"),
            |n| format!("<div><i a{n}><u b{n}></div>x"),
            |n| format!("<a name={n}><p><em a{n}>x</p>"),
        ] {
            let (some, many) = (elements(500, part), elements(4000, part));
            assert!(many < 10 * some, "{}: {some}, {many}", part(0));
        }
    }

    #[test]
    fn formatting_that_is_never_closed_goes_on_in_a_page_of_usual_size() {
        let html = format!("<p><b>x{}", "<p>y".repeat(1000));
        assert_eq!(shape(&parsed("http://a/", &html)).1, 3 + 2 * 1001);
    }

    #[test]
    fn addresses_that_resolve_to_nothing_are_left_out() {
        let html = "<link rel=stylesheet href='http://['><img src='http://[' alt=x><a href='http://['>a</a>";
        let document = parsed("http://a/", html);
        assert_eq!(attribute(&document, "link", local_name!("href")), None);
        assert_eq!(attribute(&document, "img", local_name!("src")), None);
        assert_eq!(attribute(&document, "img", local_name!("alt")).as_deref(), Some("x"));
        let nowhere = parsed("data:text/html,x", "<img src=a.png><form>");
        assert_eq!(attribute(&nowhere, "img", local_name!("src")), None);
        assert_eq!(attribute(&nowhere, "form", local_name!("action")).as_deref(), Some("data:text/html,x"));
    }

    #[test]
    fn text_of_details_can_be_hidden() {
        let document = parsed("http://a/", "<details><summary>a</summary> b <i>c</i></details>");
        let mut nodes = document.tree().iter().map(|(_, node)| node);
        let slot = nodes.find(|node| node.data.is_element_with_tag_name(&local_name!("slot"))).unwrap();
        assert_eq!(slot.text_content(), " b ");
    }

    #[test]
    fn a_base_element_moves_relative_addresses() {
        let html = "<base href='/b/c'><base href='/no'><img src=d.png><a href='#e'>x</a>";
        let document = parsed("http://a/x/y", html);
        assert_eq!(attribute(&document, "img", local_name!("src")).as_deref(), Some("http://a/b/d.png"));
        assert_eq!(attribute(&document, "a", local_name!("href")).as_deref(), Some("http://a/b/c#e"));
    }

    #[test]
    fn xml_is_kept_shallow_too() {
        let xml = format!("<html xmlns='http://www.w3.org/1999/xhtml'><body>{}", "<div>".repeat(5000));
        let mut document = BaseDocument::new(DocumentConfig::default());
        parse_xml(&mut document, &xml);
        assert!(shape(&document).0 <= DEPTH as usize + 3);
    }
}
