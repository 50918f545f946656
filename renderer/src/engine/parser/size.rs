//! How much of a tab's memory a document takes once it is laid out, estimated while it is parsed. A document that would take too much is
//! parsed as far as it fits, and says so: ended by the broker, it would show nothing.

use blitz_dom::{DocumentMutator, QualName, local_name, ns};
use std::cell::Cell;

/// Bytes of memory for an element: 4,400 for a cell of a table, less for most others (measured with tables of 100,000 cells).
const ELEMENT: usize = 4096;

/// Bytes of memory for a byte of text (measured with 4 MB in one paragraph).
const TEXT: usize = 130;

/// Bytes of memory that a document may take by this estimate: three quarters of what a tab may use where the machine is not small
/// (512 MiB), so that style sheets, images and fonts have room.
const MOST: usize = 384 << 20;

/// Markup that is parsed before the size is looked at again.
pub(super) const STEP: usize = 64 * 1024;

/// The estimate.
#[derive(Debug, Default)]
pub(super) struct Size(Cell<usize>);

impl Size {
    pub(super) fn add_element(&self) {
        self.0.set(self.0.get().saturating_add(ELEMENT));
    }

    pub(super) fn add_text(&self, bytes: usize) {
        self.0.set(self.0.get().saturating_add(bytes.saturating_mul(TEXT)));
    }

    /// Whether no more of the document is to be parsed.
    pub(super) fn is_full(&self) -> bool {
        self.0.get() > MOST
    }
}

/// Cuts markup into the steps that it is parsed in, between characters.
pub(super) fn steps(mut markup: &str) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        let (step, rest) = markup.split_at(markup.floor_char_boundary(STEP));
        markup = rest;
        (!step.is_empty()).then_some(step)
    })
}

/// Says at the beginning of the body how much of the document is shown.
pub(super) fn tell_what_is_left_out(mutator: &mut DocumentMutator<'_>, parsed: usize, all: usize) {
    let Some(body) = mutator.doc.find_body_node().map(|body| body.id) else { return };
    let percent = parsed.saturating_mul(100).checked_div(all).unwrap_or(0);
    let text = format!(
        "This page is too large for the memory of a tab. Its first {percent} % are shown; the rest of its {:.1} MB was left out.",
        all as f64 / 1e6
    );
    let text = mutator.create_text_node(&text);
    let notice = mutator.create_element(QualName::new(None, ns!(html), local_name!("div")), Vec::new());
    for (property, value) in
        [("background", "#ffe08a"), ("color", "#202020"), ("padding", "8px"), ("font", "14px sans-serif")]
    {
        mutator.set_style_property(notice, property, value);
    }
    mutator.append_children(notice, &[text]);
    match mutator.child_ids(body).first() {
        Some(first) => mutator.insert_nodes_before(*first, &[notice]),
        None => mutator.append_children(body, &[notice]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_the_whole_and_end_between_characters() {
        let markup = "aé".repeat(STEP);
        assert_eq!(steps(&markup).collect::<String>(), markup);
        assert!(steps(&markup).all(|step| step.len() <= STEP));
        assert_eq!(steps("").count(), 0);
    }
}
