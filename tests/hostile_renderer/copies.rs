//! Who may write to the clipboard: the peer answers questions for copies late, or all at once.

use crate::common::{tab, wait_tab};
use crate::peer::COPIES;
use crate::{hostile_browser, open};
use bulkhead_shared::downlink::Edit;
use bulkhead_shared::ids::TabId;
use bulkhead_ui::headless::Headless;
use libtest_mimic::Failed;

fn ask(headless: &mut Headless, id: TabId) {
    wait_tab(headless, id, "its process", |tab| tab.pid().is_some());
    (0..COPIES).for_each(|_| headless.browser.edit(Edit::Copy));
    wait_tab(headless, id, "the answers", |tab| tab.title() == "answered");
}

pub(crate) fn late_answers_are_dropped() -> Result<(), Failed> {
    let mut headless = hostile_browser();
    let id = open(&mut headless, "copy late");
    ask(&mut headless, id);
    assert_eq!(headless.take_clipboard(), None);
    assert_eq!(tab(&headless, id).death(), None, "a slow page is late, too");
    headless.shutdown();
    Ok(())
}

pub(crate) fn only_the_newest_question_has_an_answer() -> Result<(), Failed> {
    let mut headless = hostile_browser();
    let id = open(&mut headless, "copy at once");
    ask(&mut headless, id);
    assert_eq!(headless.take_clipboard().as_deref(), Some("answer 3"));
    assert_eq!(headless.take_clipboard(), None);
    headless.shutdown();
    Ok(())
}
