//! `--headless`: what the command line does, and its exit codes.

mod common;

use common::executable;
use std::fs::File;
use std::path::Path;
use std::process::{Command, Output};

fn bulkhead(arguments: &[&str]) -> Output {
    Command::new(executable()).args(arguments).output().expect("the program runs")
}

/// Width, height, and the bytes of the pixels.
fn read_png(path: &Path) -> (u32, u32, Vec<u8>) {
    let decoder = png::Decoder::new(std::io::BufReader::new(File::open(path).expect("the picture is there")));
    let mut reader = decoder.read_info().expect("a PNG file");
    let mut pixels = vec![0; reader.output_buffer_size().expect("a size that fits")];
    let info = reader.next_frame(&mut pixels).expect("pixels");
    (info.width, info.height, pixels)
}

#[test]
fn a_screenshot_has_the_size_and_colour_of_the_page() {
    let directory = tempfile::tempdir().unwrap();
    let picture = directory.path().join("out.png");
    let screenshot = format!("--screenshot={}", picture.display());
    let page = "data:text/html,<body style='background:%23123456'>";

    let output = bulkhead(&["--headless", &screenshot, "--window-size=320,200", page]);

    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let (width, height, pixels) = read_png(&picture);
    assert_eq!((width, height), (320, 200));
    assert!(pixels.chunks(3).all(|pixel| pixel == [0x12, 0x34, 0x56]));
}

#[test]
fn a_scale_factor_multiplies_the_pixels() {
    let directory = tempfile::tempdir().unwrap();
    let picture = directory.path().join("out.png");
    let screenshot = format!("--screenshot={}", picture.display());
    let page = "data:text/html,<body style='margin:0'><div style='width:50px;height:50px;background:red'>";

    let output = bulkhead(&["--headless", &screenshot, "--window-size=100,100", "--force-device-scale-factor=2", page]);

    assert_eq!(output.status.code(), Some(0));
    let (width, height, pixels) = read_png(&picture);
    assert_eq!((width, height), (200, 200));
    let red = pixels.chunks(3).filter(|pixel| *pixel == [255, 0, 0]).count();
    assert_eq!(red, 100 * 100);
}

#[test]
fn a_page_that_fails_is_exit_code_1_with_the_reason() {
    let output = bulkhead(&["--headless", "/no/such/file.html"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).to_lowercase().contains("no such file"));
}

#[test]
fn a_page_that_crashes_is_exit_code_1_with_the_reason() {
    let output = bulkhead(&["--headless", "bulkhead://crash"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("SIGSEGV"));
}

#[test]
fn a_page_that_hangs_is_exit_code_1_at_the_timeout() {
    let output = bulkhead(&["--headless", "--timeout=1", "bulkhead://hang"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("not loaded after 1s"));
}

#[test]
fn wrong_usage_is_exit_code_2() {
    let wrong: [&[&str]; 7] = [
        &["--no-such-flag"],
        &["--headless", "--window-size=0,0"],
        &["--headless", "--timeout=never"],
        &["--headless", "about:blank", "about:blank"],
        &["--screenshot=x.png", "about:blank"],
        &["--headless", "these are words"],
        &["--headless", "--virtual-time-budget=1s", "about:blank"],
    ];
    for arguments in wrong {
        assert_eq!(bulkhead(arguments).status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn a_long_page_has_no_scrollbar_where_none_is_wanted() {
    let directory = tempfile::tempdir().unwrap();
    let picture = directory.path().join("out.png");
    let screenshot = format!("--screenshot={}", picture.display());
    let page = "data:text/html,<body style='background:lime;height:5000px'>";
    let is_plain = |flags: &[&str]| {
        let output = bulkhead(&[&["--headless", &screenshot, "--window-size=200,200", page], flags].concat());
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        read_png(&picture).2.chunks(3).all(|pixel| pixel == [0, 255, 0])
    };
    assert!(!is_plain(&[]));
    assert!(is_plain(&["--hide-scrollbars"]));
}

#[test]
fn a_page_goes_on_before_its_picture_for_as_long_as_is_said() {
    let directory = tempfile::tempdir().unwrap();
    let picture = directory.path().join("out.png");
    let screenshot = format!("--screenshot={}", picture.display());
    // An animation that would take an hour, and one that is over before the time is.
    for (duration, colour) in [("3600s", [255, 0, 0]), ("100ms", [0, 255, 0])] {
        let page = format!(
            "data:text/html,<style>@keyframes a {{ from {{ background: red }} to {{ background: lime }} }} \
             body {{ background: red; animation: a {duration} steps(1, end) forwards }}</style>"
        );
        let output = bulkhead(&["--headless", &screenshot, "--virtual-time-budget=2000", "--window-size=64,64", &page]);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(read_png(&picture).2.chunks(3).all(|pixel| pixel == colour), "{duration}");
    }
}

#[test]
fn a_document_inside_a_tree_loads_what_its_parents_share_and_nothing_beyond() {
    let directory = tempfile::tempdir().unwrap();
    let tree = directory.path().join("docs");
    std::fs::create_dir_all(tree.join("guide")).unwrap();
    std::fs::create_dir_all(tree.join("shared")).unwrap();
    std::fs::write(tree.join("index.html"), "index").unwrap();
    std::fs::write(tree.join("shared/style.css"), "body { background: #00ff00 }").unwrap();
    std::fs::write(directory.path().join("outside.css"), "body { background: #ff0000 !important }").unwrap();
    let links = "<link rel=stylesheet href=../shared/style.css><link rel=stylesheet href=../../outside.css>";
    std::fs::write(tree.join("guide/page.html"), links).unwrap();
    let picture = directory.path().join("out.png");
    let screenshot = format!("--screenshot={}", picture.display());
    let page = tree.join("guide/page.html");

    let output = bulkhead(&["--headless", &screenshot, "--window-size=64,64", page.to_str().unwrap()]);

    assert_eq!(output.status.code(), Some(0));
    assert!(read_png(&picture).2.chunks(3).all(|pixel| pixel == [0, 255, 0]));
}
