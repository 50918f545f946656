//! The demo pages look the same where they are opened as files.

mod common;

use common::{browser, loaded, open, picture, tab, url};
use std::path::Path;
use url::Url;

#[test]
fn a_demo_page_looks_the_same_as_a_file() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo");
    let mut headless = browser();
    // Those that do not move.
    for page in ["typography.html", "svg.html", "form.html"] {
        let built_in = open(&mut headless, url(&format!("bulkhead://demo/{page}")));
        let expected = picture(&headless);
        let file = Url::from_file_path(directory.join(page)).unwrap();
        let opened = open(&mut headless, file);
        for id in [built_in, opened] {
            let document = tab(&headless, id).document.as_ref().unwrap();
            assert_eq!(document.loaded, Some(0), "every part of {page} is there");
        }
        headless.browser.reload(opened);
        loaded(&mut headless, opened);
        assert!(picture(&headless) == expected, "{page}");
    }
    headless.shutdown();
}
