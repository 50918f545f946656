//! What a page asks for in vain is named to its user, with the reason.

mod common;

use common::{browser, open, tab, wait_tab};
use std::fs;
use url::Url;

#[test]
fn parts_that_could_not_be_loaded_are_named_with_the_reason() {
    let directory = tempfile::tempdir().unwrap();
    let page = directory.path().join("page.html");
    let source = "<img src=here.svg><img src=gone.png><link rel=stylesheet href=bulkhead://assets/style.css>";
    fs::write(&page, source).unwrap();
    fs::write(directory.path().join("here.svg"), "<svg xmlns='http://www.w3.org/2000/svg'/>").unwrap();
    let mut headless = browser();
    let id = open(&mut headless, Url::from_file_path(&page).unwrap());
    wait_tab(&mut headless, id, "both to be told of", |tab| {
        tab.document.as_ref().is_some_and(|document| document.missing.len() == 2)
    });

    let document = tab(&headless, id).document.as_ref().unwrap();
    assert_eq!(document.loaded, Some(2));
    let reason = |end: &str| {
        let mut missing = document.missing.iter();
        missing.find(|part| part.url.as_str().ends_with(end)).map(|part| part.why.as_str()).unwrap_or_default()
    };
    assert!(reason("/gone.png").to_lowercase().contains("no such file"), "{:#?}", document.missing);
    assert!(reason("/style.css").contains("may not load"), "{:#?}", document.missing);
    headless.shutdown();
}
