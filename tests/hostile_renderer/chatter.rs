//! A tab behind that talks without end: the interface is drawn at its own pace, and shows the last of it.

use crate::common::{loaded, url, wait};
use crate::{hostile_browser, open};
use libtest_mimic::Failed;
use std::time::Instant;

pub(crate) fn titles_draw_slowly() -> Result<(), Failed> {
    let mut headless = hostile_browser();
    let front = open(&mut headless, "polite");
    loaded(&mut headless, front);
    let behind = headless.browser.open_tab(url("data:text/plain,titles"), false);
    wait(&mut headless, "its first title", |browser| browser.tab(behind).is_some_and(|tab| tab.title() == "0"));

    let (began, before) = (Instant::now(), headless.presented().interface);
    wait(&mut headless, "its last title", |browser| browser.tab(behind).is_some_and(|tab| tab.title() == "last"));
    wait(&mut headless, "what is due to be drawn", |browser| browser.deadline().is_none());

    // Four a second; the first, the last, and one to spare.
    let most = began.elapsed().as_millis() / 250 + 3;
    let drawn = headless.presented().interface - before;
    assert!((1..=most).contains(&u128::from(drawn)), "drawn {drawn} times in {:?}", began.elapsed());
    headless.shutdown();
    Ok(())
}
