//! What the parser learns of a document besides its tree.

use super::refresh::Refresh;
use super::sheets::Sheets;
use blitz_dom::NodeId;
use html5ever::interface::QuirksMode;
use std::collections::HashMap;

/// Filled by the sink, which the tree builder owns; read when the document is parsed.
pub(super) struct Findings {
    pub(super) sheets: Sheets,
    /// The `<style>` elements.
    pub(super) styles: Vec<NodeId>,
    /// The form of each control that is not within it.
    pub(super) form_owners: HashMap<NodeId, NodeId>,
    /// Elements that embed something.
    pub(super) embedded: Vec<NodeId>,
    /// Some element has a direction, or one besides the root a language.
    pub(super) inherits: bool,
    /// What the first `<meta http-equiv=refresh>` says.
    pub(super) refresh: Option<Refresh>,
    /// What its doctype asks for.
    pub(super) mode: QuirksMode,
}

impl Default for Findings {
    fn default() -> Self {
        Self {
            sheets: Sheets::default(),
            styles: Vec::new(),
            form_owners: HashMap::new(),
            embedded: Vec::new(),
            inherits: false,
            refresh: None,
            mode: QuirksMode::NoQuirks,
        }
    }
}
