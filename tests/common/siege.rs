//! A browser whose `bulkhead://attack` works, and what of the attack suite can be seen from outside.

use super::{AREA, executable, isolation, wait};
use bulkhead_broker::browser::Zygote;
use bulkhead_pages::{AttackRun, Progress, Providers, Suite};
use bulkhead_ui::headless::Headless;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// Starts the attack suite by the program under test, and keeps it in view.
#[derive(Default)]
pub(crate) struct Besieger(Mutex<Option<Suite>>);

impl Besieger {
    /// How far the suite is, once it was begun.
    pub(crate) fn progress(&self) -> Option<Progress> {
        self.0.lock().expect("nobody panics with it").as_ref()?.progress()
    }
}

impl Providers for Besieger {
    fn attack(&self, run: AttackRun, confines: bool) -> Box<dyn Send> {
        *self.0.lock().expect("nobody panics with it") = Some(run.suite());
        bulkhead_siege::page::show(executable(), run, confines)
    }
}

/// A browser whose zygote is warm, and its attack suite.
pub(crate) fn besieged() -> (Headless, Arc<Besieger>) {
    let besieger = Arc::new(Besieger::default());
    let mut headless = Headless::start_with(isolation(), AREA, Arc::clone(&besieger) as _).expect("the browser starts");
    wait(&mut headless, "the zygote to be warm", |browser| matches!(browser.zygote(), Zygote::Warm { .. }));
    (headless, besieger)
}

/// What there is to attack, as a directory in this place.
pub(crate) fn world_in(place: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(place).ok()?;
    let mut worlds = entries.filter_map(|entry| Some(entry.ok()?.path()));
    worlds.find(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("bulkhead-attack-")))
}
