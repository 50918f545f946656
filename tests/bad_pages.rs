//! What bad input gets: a picture, an error page or a crash page, each before the deadline; and its neighbours nothing.

mod common;

use bulkhead_shared::ids::TabId;
use bulkhead_ui::headless::{Headless, LoadError};
use common::{PATIENCE, browser, fails, html, open, repaint, tab};
use std::fs;
use std::path::Path;
use url::Url;

/// Opens what may fail, waits for what comes of it, and checks that the neighbour paints.
fn outcome(headless: &mut Headless, bystander: TabId, page: Url) -> Result<(), LoadError> {
    let id = headless.browser.open_tab(page, true);
    let result = headless.wait_loaded(id, 2 * PATIENCE);
    headless.browser.select(bystander);
    repaint(headless);
    assert!(tab(headless, bystander).death().is_none());
    headless.browser.close_tab(id);
    result
}

fn file(directory: &Path, name: &str, content: impl AsRef<[u8]>) -> Url {
    let path = directory.join(name);
    fs::write(&path, content).unwrap();
    Url::from_file_path(path).unwrap()
}

fn with_bystander() -> (Headless, TabId, tempfile::TempDir) {
    let mut headless = browser();
    let bystander = open(&mut headless, html("<title>bystander</title>"));
    (headless, bystander, tempfile::tempdir().unwrap())
}

/// A picture, or a crash page; never a wait without end.
fn is_settled(result: &Result<(), LoadError>) -> bool {
    matches!(result, Ok(()) | Err(LoadError::Crashed(_)))
}

#[test]
fn an_engine_panic_is_a_crash_page_or_a_picture() {
    let (mut headless, bystander, directory) = with_bystander();
    let page =
        file(directory.path(), "page.html", "<link rel=stylesheet href='http://[::bad'><img src='http://['>text");
    let result = outcome(&mut headless, bystander, page);
    assert!(is_settled(&result), "{result:?}");
    headless.shutdown();
}

#[test]
fn a_page_of_fifty_megabytes_ends() {
    let (mut headless, bystander, directory) = with_bystander();
    // Mostly one huge comment and one huge attribute: the size is what is tested, not a million paragraphs.
    let mut page = "<title>big</title><p>start<!--".to_owned();
    page.push_str(&"x".repeat(50 * 1024 * 1024));
    page.push_str("--><p>end");
    let result = outcome(&mut headless, bystander, file(directory.path(), "big.html", page));
    assert!(is_settled(&result), "{result:?}");
    headless.shutdown();
}

#[test]
fn a_million_nested_elements_end() {
    let (mut headless, bystander, directory) = with_bystander();
    let page = file(directory.path(), "deep.html", "<div>".repeat(1_000_000));
    let result = outcome(&mut headless, bystander, page);
    assert!(is_settled(&result), "{result:?}");
    headless.shutdown();
}

#[test]
fn a_huge_image_is_no_picture_and_no_harm() {
    let (mut headless, bystander, directory) = with_bystander();
    let image = {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, 30_000, 30_000);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::One);
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(&vec![0; 30_000 * 30_000 / 8]).unwrap();
        drop(writer);
        bytes
    };
    let direct = file(directory.path(), "huge.png", &image);
    let embedded = file(directory.path(), "page.html", "<title>page</title><img src=huge.png>");
    for page in [direct, embedded] {
        let result = outcome(&mut headless, bystander, page);
        assert!(is_settled(&result), "{result:?}");
    }
    headless.shutdown();
}

#[test]
fn an_endless_import_loop_ends() {
    let (mut headless, bystander, directory) = with_bystander();
    file(directory.path(), "a.css", "@import 'b.css'; body { color: red }");
    file(directory.path(), "b.css", "@import 'a.css'; @import 'b.css';");
    let page = file(directory.path(), "page.html", "<title>page</title><link rel=stylesheet href=a.css>");
    let result = outcome(&mut headless, bystander, page);
    assert!(is_settled(&result), "{result:?}");
    headless.shutdown();
}

#[test]
fn a_url_of_a_megabyte_is_refused() {
    let (mut headless, bystander, _directory) = with_bystander();
    let id = headless.browser.open_tab(common::url("about:blank"), true);
    headless
        .browser
        .navigate_typed(id, bulkhead_ui::address::read(&format!("data:text/html,{}", "x".repeat(1024 * 1024))));
    assert!(matches!(fails(&mut headless, id), LoadError::Failed(_)));
    // The same from inside of a page: the link leads nowhere, or its process is ended for it.
    let link = format!("<title>link</title><a href='data:,{}'>go</a>", "x".repeat(1024 * 1024));
    let page = file(_directory.path(), "link.html", link);
    let result = outcome(&mut headless, bystander, page);
    assert!(is_settled(&result), "{result:?}");
    headless.shutdown();
}

#[test]
fn what_is_no_page_gets_an_error_page_with_the_reason() {
    let (mut headless, bystander, directory) = with_bystander();
    let fifo = directory.path().join("fifo");
    nix::unistd::mkfifo(&fifo, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let cases = [
        (Url::from_file_path(&fifo).unwrap(), "pipe"),
        (Url::from_directory_path(directory.path()).unwrap(), "directory"),
        (common::url("file:///dev/zero"), "device"),
        (Url::from_file_path(directory.path().join("missing.html")).unwrap(), "no such file"),
        (common::url("http://example.org/"), "network"),
        (common::url("gopher://example.org/"), "scheme"),
        (common::url("bulkhead://no-such-page"), "internal page"),
        (file(directory.path(), "archive.zip", b"PK\x03\x04"), "zip"),
    ];
    for (page, reason) in cases {
        let result = outcome(&mut headless, bystander, page.clone());
        let Err(LoadError::Failed(message)) = &result else { panic!("{page}: {result:?}") };
        assert!(message.to_lowercase().contains(reason), "{page}: {message:?} does not mention {reason:?}");
    }
    headless.shutdown();
}

#[test]
fn an_unreadable_file_gets_an_error_page() {
    use std::os::unix::fs::PermissionsExt;
    if nix::unistd::geteuid().is_root() {
        eprintln!("skipped: root reads every file");
        return;
    }
    let (mut headless, bystander, directory) = with_bystander();
    let page = file(directory.path(), "secret.html", "secret");
    fs::set_permissions(page.to_file_path().unwrap(), fs::Permissions::from_mode(0o000)).unwrap();
    assert!(matches!(outcome(&mut headless, bystander, page), Err(LoadError::Failed(_))));
    headless.shutdown();
}

#[test]
fn text_and_images_are_shown_as_they_are() {
    let (mut headless, bystander, directory) = with_bystander();
    let svg = "<svg xmlns='http://www.w3.org/2000/svg' width='400' height='400'><rect width='400' height='400' fill='#00ff00'/></svg>";
    for page in [
        file(directory.path(), "notes.txt", "plain text, <b>not bold</b>"),
        file(directory.path(), "main.rs", "fn main() {}"),
        file(directory.path(), "picture.svg", svg),
    ] {
        assert_eq!(outcome(&mut headless, bystander, page), Ok(()));
    }
    headless.shutdown();
}
