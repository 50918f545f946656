//! Reference tests: a page beside another that is right by simpler means. Both are drawn by the real renderer, through the
//! real broker, and compared pixel by pixel.
//!
//! A test is a pair of files of `tests/pages`:
//! - `NAME.html` (or another type that the browser shows) uses the feature, `NAME-ref.html` is the same picture without it;
//! - `NAME-notref.html` is a picture that it must differ from;
//! - what else a page needs is in `tests/pages/support`.
//!
//! A pair fails where the pictures differ, where one of them is of one colour, and where one of its files is missing. What a
//! file can say of its pair is in [`settings`]. The pictures of what differs, and the difference, are in
//! `target/tmp/reference_pages`.
//!
//! `cargo test --release --test reference_pages -- table` runs those with `table` in their names.

#[path = "../common/mod.rs"]
mod common;
mod faults;
mod pairs;
mod picture;
mod settings;

use bulkhead_broker::browser::PageArea;
use bulkhead_ui::headless::{Headless, encode_png};
use libtest_mimic::{Arguments, Failed, Trial};
use pairs::{Kind, Pair};
use picture::{Difference, Picture};
use settings::{Settings, View};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use url::Url;

fn main() {
    let mut arguments = Arguments::from_args();
    // There is one browser, and one page on display.
    arguments.test_threads = Some(1);
    let browser = Arc::new(Browser::default());
    let (pairs, strays) = pairs::find(&pages());
    let documented = pairs.clone();
    let mut trials = vec![
        Trial::test("every page has a reference", move || none_left(&strays)),
        Trial::test("what is not drawn right is documented", move || faults::are_documented(&documented)),
        Trial::test("pictures are told apart", picture::tells_pictures_apart),
    ];
    trials.extend(pairs.into_iter().map(|pair| {
        let browser = Arc::clone(&browser);
        let is_faulty = pair.settings().is_ok_and(|(settings, _)| settings.known_fault.is_some());
        let kind = if is_faulty { "known fault" } else { "" };
        Trial::test(pair.name.clone(), move || check(&pair, &browser)).with_kind(kind)
    }));
    let conclusion = libtest_mimic::run(&arguments, trials);
    browser.shutdown();
    conclusion.exit();
}

fn pages() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pages")
}

fn none_left(strays: &[String]) -> Result<(), Failed> {
    if strays.is_empty() { Ok(()) } else { Err(format!("without the other half: {}", strays.join(", ")).into()) }
}

/// One browser for all pages, which starts with the first.
#[derive(Default)]
struct Browser(Mutex<Option<Headless>>);

impl Browser {
    /// Opens the page in a tab of its own, and takes its picture.
    fn draw(&self, page: &Path, settings: &Settings, view: &View) -> Result<Picture, Failed> {
        let mut browser = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let headless = browser.get_or_insert_with(common::browser);
        let (width, height) = settings.window;
        headless.browser.set_area(PageArea { width, height, scale: 1.0, dark: settings.dark });
        let mut url = Url::from_file_path(page).map_err(|()| "no path of a file")?;
        url.set_fragment(view.fragment.as_deref());
        let tab = headless.browser.open_tab(url, true);
        let loaded = headless.wait_loaded(tab, common::PATIENCE);
        let pixels = headless.page().map(|(pixels, _)| pixels.to_vec());
        headless.browser.close_tab(tab);
        loaded.map_err(|error| format!("{}: {error}", page.display()))?;
        let pixels = pixels.ok_or_else(|| format!("{} was not drawn", page.display()))?;
        Ok(Picture { pixels, width, height })
    }

    fn shutdown(&self) {
        if let Some(headless) = self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            headless.shutdown();
        }
    }
}

/// Whether the pair is as it should be; a page that says that it is not drawn right must really not be.
fn check(pair: &Pair, browser: &Browser) -> Result<(), Failed> {
    let (settings, views) = pair.settings()?;
    let page = browser.draw(&pair.page, &settings, &views.page)?;
    let reference = browser.draw(&pair.reference, &settings, &views.reference)?;
    match (verdict(pair.kind, &settings, &page, &reference), &settings.known_fault) {
        (Ok(()), None) => Ok(()),
        (Err(_), Some(_)) => keep(pair, &page, &reference).map(|_| ()),
        (Ok(()), Some(fault)) => {
            Err(format!("it is drawn right now; the mark `known-fault` ({fault}) can go, here and in docs/engine.md")
                .into())
        }
        (Err(why), None) => {
            let directory = keep(pair, &page, &reference)?;
            Err(format!("{why}; pictures in {}", directory.display()).into())
        }
    }
}

fn verdict(kind: Kind, settings: &Settings, page: &Picture, reference: &Picture) -> Result<(), String> {
    if !settings.blank {
        for (picture, name) in [(page, "page"), (reference, "reference")] {
            if picture.is_blank() {
                return Err(format!("the {name} is blank"));
            }
        }
    }
    let difference = Difference::between(page, reference);
    match kind {
        Kind::Match if difference.is_within(settings.fuzzy) => Ok(()),
        Kind::Match => Err(difference.to_string()),
        Kind::Mismatch if difference.is_within(settings.fuzzy) => Err("the pictures do not differ".to_owned()),
        Kind::Mismatch => Ok(()),
    }
}

/// Writes the pictures, for a look at what differs.
fn keep(pair: &Pair, page: &Picture, reference: &Picture) -> Result<PathBuf, Failed> {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("reference_pages");
    fs::create_dir_all(&directory)?;
    for (picture, part) in [(page, "page"), (reference, "reference"), (&page.difference_to(reference), "difference")] {
        let path = directory.join(format!("{}.{part}.png", pair.name));
        fs::write(&path, encode_png(&picture.pixels, picture.width, picture.height)?)?;
    }
    Ok(directory)
}
