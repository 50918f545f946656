//! `bulkhead://lab` is drawn by a sandboxed renderer, and shows the run that the user's last benchmark has left.

mod common;

use common::executable;
use std::path::Path;
use std::process::Command;

#[test]
fn the_page_shows_the_last_run_where_there_is_one() {
    let state = tempfile::tempdir().unwrap();
    let before = picture(state.path());
    bulkhead(state.path(), &["lab", "bench", "--quick", "--rounds", "1", "--only", "pipe", "--json"]);
    assert!(state.path().join("bulkhead/lab.json").is_file(), "the run is kept");
    let after = picture(state.path());
    std::fs::write(state.path().join("bulkhead/lab.json"), "no report").unwrap();
    let broken = picture(state.path());

    assert_eq!(before.len(), after.len());
    assert!(before != after, "the run takes the place of the plots that came with the lab");
    assert!(broken != before && broken != after, "a file that is no report is said, and does not keep the page away");
}

/// The page as it is drawn, long enough for all of it.
fn picture(state: &Path) -> Vec<u8> {
    let file = state.join("lab.png");
    let shot = format!("--screenshot={}", file.display());
    bulkhead(state, &["--headless", &shot, "--window-size=900,5200", "--timeout=60", "bulkhead://lab"]);
    let mut reader =
        png::Decoder::new(std::io::BufReader::new(std::fs::File::open(file).unwrap())).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut pixels).unwrap();
    pixels
}

fn bulkhead(state: &Path, arguments: &[&str]) {
    let output = Command::new(executable()).args(arguments).env("XDG_STATE_HOME", state).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}
