//! The fonts of this machine: for pages, which the zygote finds them for, and for the browser's own interface.
//!
//! Contract:
//! - where they are, fontconfig's configuration says ([`FontConfig`]); its library is not linked;
//! - a file is mapped, not read ([`map`]): whoever has it mapped shares its pages;
//! - nothing here parses a font.

mod config;
mod files;

pub use config::FontConfig;
pub use files::{font_files, map};

/// How well a family serves for text in a script that the font asked for lacks: sans-serif faces made for one script are preferred
/// to those that have it among many, as in fontconfig's rules. The lower, the better.
#[must_use]
pub fn rank(family: &str) -> u8 {
    match family {
        name if name.starts_with("Noto Sans") && !name.contains("Mono") => 0,
        name if name.starts_with("Noto Serif") => 2,
        name if name.starts_with("Noto") || name.starts_with("DejaVu Sans") => 1,
        _ => 3,
    }
}
