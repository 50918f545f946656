//! The user agent's style sheets: the engine's own, and what it lacks of the rendering section of the HTML standard.

use blitz_dom::UserAgentStylesheet;
use std::sync::LazyLock;

static ADDITIONS: LazyLock<UserAgentStylesheet> =
    LazyLock::new(|| UserAgentStylesheet::parse(include_str!("additions.css")));

/// In cascade order. Parsed once, before the first fork; documents with the same sheets share their cascade data.
pub(super) fn user_agent_sheets() -> Vec<UserAgentStylesheet> {
    vec![UserAgentStylesheet::default_sheet(), ADDITIONS.clone()]
}
