//! The cascade: the user agent's style sheets, which are the engine's own and what it lacks of the rendering section of the
//! HTML standard; and what the engine leaves turned off that works.

use blitz_dom::UserAgentStylesheet;
use std::sync::LazyLock;

static ADDITIONS: LazyLock<UserAgentStylesheet> =
    LazyLock::new(|| UserAgentStylesheet::parse(include_str!("additions.css")));

/// In cascade order. Parsed once, before the first fork; documents with the same sheets share their cascade data.
pub(super) fn user_agent_sheets() -> Vec<UserAgentStylesheet> {
    turn_on();
    vec![UserAgentStylesheet::default_sheet(), ADDITIONS.clone()]
}

/// Turns on the selectors that the engine can match. They are preferences of the whole process.
fn turn_on() {
    style_config::set_pref!("layout.css.has-selector.enabled", true);
    style_config::set_pref!("layout.css.nth-child-of.enabled", true);
}
