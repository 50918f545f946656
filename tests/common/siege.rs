//! A browser whose `bulkhead://attack` works, and what of the attack suite can be seen from outside.

use super::{AREA, executable, isolation, wait};
use bulkhead_broker::browser::Zygote;
use bulkhead_broker::sandbox_board::{AttackRun, SandboxBoard};
use bulkhead_pages::Providers;
use bulkhead_ui::headless::Headless;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Starts the attack suite by the program under test.
struct Besieger;

impl Providers for Besieger {
    fn attack(&self, run: AttackRun, confines: bool) -> Box<dyn Send> {
        bulkhead_siege::page::show(executable(), run, confines)
    }
}

/// A browser whose zygote is warm, and what its pages about the sandbox show.
pub(crate) fn besieged() -> (Headless, SandboxBoard) {
    let mut headless = Headless::start_with(isolation(), AREA, Arc::new(Besieger)).expect("the browser starts");
    let board = headless.browser.board().clone();
    wait(&mut headless, "the zygote to be warm", |browser| matches!(browser.zygote(), Zygote::Warm { .. }));
    (headless, board)
}

/// What there is to attack, as a directory in this place.
pub(crate) fn world_in(place: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(place).ok()?;
    let mut worlds = entries.filter_map(|entry| Some(entry.ok()?.path()));
    worlds.find(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("bulkhead-attack-")))
}
