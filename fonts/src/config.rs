//! fontconfig's configuration, as far as it matters here: where fonts are, and which families stand behind a generic name
//! (<https://www.freedesktop.org/software/fontconfig/fontconfig-user.html>).

use std::env;
use std::path::PathBuf;

/// Read where `FONTCONFIG_FILE` names nothing else.
const SYSTEM_CONFIG: &str = "/etc/fonts/fonts.conf";

/// Looked into where the configuration names no directory.
const DIRECTORIES: &[&str] = &["/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts"];

/// Where fonts are, and how generic families are called.
#[derive(Clone, Debug, Default)]
pub struct FontConfig {
    /// Searched with everything below.
    pub directories: Vec<PathBuf>,
    /// Generic name and the families to prefer for it, in the configuration's order.
    preferred: Vec<(String, Vec<String>)>,
}

impl FontConfig {
    /// Reads the configuration of this machine.
    #[must_use]
    pub fn of_this_machine() -> Self {
        let mut parsed = fontconfig_parser::FontConfig::default();
        let file = env::var_os("FONTCONFIG_FILE").map_or_else(|| PathBuf::from(SYSTEM_CONFIG), PathBuf::from);
        if let Err(error) = parsed.merge_config(&file) {
            tracing::debug!(file = %file.display(), %error, "no fontconfig configuration");
        }
        let mut directories: Vec<_> = parsed.dirs.into_iter().map(|dir| expand_home(dir.path)).collect();
        if directories.is_empty() {
            directories = DIRECTORIES.iter().map(|dir| expand_home(PathBuf::from(dir))).collect();
        }
        let preferred = parsed.aliases.into_iter().map(|alias| (alias.alias.to_lowercase(), alias.prefer)).collect();
        Self { directories, preferred }
    }

    /// The families that stand behind a generic name, best first: each rule puts its families right before the generic
    /// name, so the first rule's come first.
    pub fn families(&self, generic: &str) -> impl Iterator<Item = &str> {
        self.preferred
            .iter()
            .filter(move |(name, _)| name == generic)
            .flat_map(|(_, families)| families)
            .map(String::as_str)
    }
}

fn expand_home(path: PathBuf) -> PathBuf {
    match (path.strip_prefix("~"), env::home_dir()) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path,
    }
}
