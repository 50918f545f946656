//! Where the pictures of the show go.

use crate::headless::write;
use anyhow::Context;
use bulkhead_broker::browser::PageArea;
use nix::unistd::mkdtemp;
use std::env;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// A directory for pictures.
#[derive(Debug)]
pub(super) struct Pictures {
    directory: PathBuf,
}

impl Pictures {
    /// In `directory`, which is made if there is none; or else in a new one among the temporary files, which stays.
    pub(super) fn begin(directory: Option<&Path>) -> anyhow::Result<Self> {
        let Some(directory) = directory else {
            let template = env::temp_dir().join("bulkhead-pictures-XXXXXX");
            let directory = mkdtemp(&template).with_context(|| format!("cannot make {}", template.display()))?;
            return Ok(Self { directory });
        };
        match fs::create_dir(directory) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                Err(error).with_context(|| format!("cannot make {}", directory.display()))
            }
            _ => Ok(Self { directory: directory.to_owned() }),
        }
    }

    /// Writes one, and returns where it is.
    pub(super) fn add(&self, name: &str, pixels: &[u32], size: PageArea) -> anyhow::Result<PathBuf> {
        let path = self.directory.join(name);
        write(&path, pixels, size)?;
        Ok(path)
    }
}

impl Drop for Pictures {
    fn drop(&mut self) {
        // It stays where there is a picture in it; or something else.
        let _ = fs::remove_dir(&self.directory);
    }
}
