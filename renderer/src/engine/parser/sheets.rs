//! Which style sheets of a document are applied: the engine applies each `<style>` and each `<link>` whose `rel` has the word
//! `stylesheet` in lower case. What is not to be applied is given to it as something else.
//!
//! By HTML, sections 4.2.4 and 4.6.7.3, and CSSOM, section 6.2: a sheet with a title belongs to a set of that name, and of
//! all sets the preferred one is applied, which is that of the first sheet with a title that is no alternate one. The `media`
//! attribute is left to [`super::super::media`].

use super::attributes;
use blitz_dom::{DocumentMutator, NodeId, QualName, local_name, ns};
use html5ever::Attribute;
use html5ever::tendril::StrTendril;
use std::mem;

/// A media query that nothing matches.
const NEVER: &str = "not all";

/// What the sheets of a document have said so far.
#[derive(Default)]
pub(super) struct Sheets {
    /// The name of the preferred set.
    preferred: Option<String>,
    /// Alternate sheets of a set that is not the preferred one so far.
    alternates: Vec<(NodeId, String)>,
    /// The title of the alternate that is being made into a node.
    pending: Option<String>,
}

impl Sheets {
    /// Settles whether a `<link>` is a style sheet to the engine.
    pub(super) fn link(&mut self, link: &mut Vec<Attribute>) {
        let Some(rel) = attributes::find(link, &local_name!("rel")) else { return };
        let words: Vec<String> = rel.split_ascii_whitespace().map(str::to_ascii_lowercase).collect();
        if !words.iter().any(|word| word == "stylesheet") {
            return;
        }
        let title = title(link);
        let applied = if words.iter().any(|word| word == "alternate") {
            self.pending.clone_from(&title);
            title.is_some() && title == self.preferred
        } else {
            self.is_preferred(title)
        };
        let is_sheet = is_css(link)
            && attributes::find(link, &local_name!("disabled")).is_none()
            && attributes::find(link, &local_name!("href")).is_some_and(|href| !href.trim().is_empty());
        if !is_sheet || applied {
            self.pending = None;
        }
        let kept = words.into_iter().filter(|word| (is_sheet && applied) || word != "stylesheet");
        attributes::set(link, local_name!("rel"), &kept.collect::<Vec<_>>().join(" "));
    }

    /// Settles whether a `<style>` is for any medium.
    pub(super) fn style(&mut self, style: &mut Vec<Attribute>) {
        let applied = self.is_preferred(title(style));
        if !applied || !is_css(style) {
            attributes::set(style, local_name!("media"), NEVER);
        }
    }

    /// Notes the node of the element that was settled last.
    pub(super) fn created(&mut self, node: NodeId) {
        if let Some(title) = self.pending.take() {
            self.alternates.push((node, title));
        }
    }

    /// Takes the name of the preferred set from `<meta http-equiv=default-style>`.
    pub(super) fn prefer(&mut self, name: &str) {
        if !name.is_empty() {
            self.preferred = Some(name.to_owned());
        }
    }

    /// Applies the alternate sheets that turned out to be of the preferred set. To be called when the document is parsed.
    pub(super) fn finish(&mut self, mutator: &mut DocumentMutator<'_>) {
        let rel = QualName::new(None, ns!(), local_name!("rel"));
        for (node, title) in mem::take(&mut self.alternates) {
            if Some(title) == self.preferred {
                mutator.set_attribute(node, rel.clone(), "stylesheet");
            }
        }
    }

    /// Whether a sheet with this title is applied, which decides what set is preferred if none is yet.
    fn is_preferred(&mut self, title: Option<String>) -> bool {
        match title {
            None => true,
            Some(title) => *self.preferred.get_or_insert_with(|| title.clone()) == title,
        }
    }
}

/// The name of the set that a sheet belongs to.
fn title(sheet: &[Attribute]) -> Option<String> {
    attributes::find(sheet, &local_name!("title")).filter(|title| !title.is_empty()).map(StrTendril::to_string)
}

/// Whether a sheet is in the one language that there is.
fn is_css(sheet: &[Attribute]) -> bool {
    let kind = attributes::find(sheet, &local_name!("type")).map(|kind| kind.trim());
    kind.is_none_or(|kind| {
        let kind = kind.split(';').next().unwrap_or_default().trim();
        kind.is_empty() || kind.eq_ignore_ascii_case("text/css")
    })
}
