//! Chromium's flags that are no flags of this browser: those that ask for what is so anyway, and those that it does not have.
//! A script for Chromium then either does what it says, or is told why it does not.

use std::ffi::OsString;
use std::fmt;

/// A flag without its dashes, and the reason.
type Row = (&'static str, &'static str);

/// Taken, and nothing is to be done for them.
const SO_ANYWAY: &[Row] = &[
    ("disable-background-networking", "nothing is sent over a network"),
    ("disable-component-update", "nothing is sent over a network"),
    ("disable-extensions", "there are none"),
    ("disable-gpu", "everything is drawn by the CPU"),
    ("disable-sync", "nothing is sent over a network"),
    ("guest", "nothing of a session is kept"),
    ("incognito", "nothing of a session is kept"),
    ("mute-audio", "there is no sound"),
    ("new-window", "each start has a window of its own"),
    ("no-default-browser-check", "nothing is checked"),
    ("no-first-run", "the first start is like every other"),
];

/// Refused.
const UNSUPPORTED: &[Row] = &[
    ("allow-file-access-from-files", "what a page may load is the same for all pages"),
    ("app", "the address bar always says whose page it is; give the URL alone"),
    ("default-background-color", "pages are drawn on white"),
    ("disable-features", "there are no such switches"),
    ("disable-setuid-sandbox", "--no-sandbox takes all of the sandbox away"),
    ("disable-web-security", "what a page may load is the same for all pages"),
    ("dump-dom", "renderers hand out pixels, not documents; without scripts, the document is what the file says"),
    ("enable-features", "there are no such switches"),
    ("enable-logging", "RUST_LOG=debug has the browser say what it does"),
    ("host-resolver-rules", "there is no network yet"),
    ("ignore-certificate-errors", "there is no network yet"),
    ("kiosk", "the address bar always says whose page it is"),
    ("lang", "the interface is in English"),
    ("load-extension", "there are no extensions"),
    ("no-zygote", "the zygote is the parent of all renderers"),
    ("print-to-pdf", "pages are drawn as pixels; --screenshot=FILE writes a picture"),
    ("profile-directory", "nothing of a session is kept"),
    ("proxy-server", "there is no network yet"),
    ("remote-debugging-pipe", "there is no DevTools protocol"),
    ("remote-debugging-port", "there is no DevTools protocol"),
    ("single-process", "every tab has a process of its own"),
    ("start-fullscreen", "--window-size=W,H says how large the window is"),
    ("start-maximized", "--window-size=W,H says how large the window is"),
    ("user-agent", "there is no network yet, so nobody is told who asks"),
    ("user-data-dir", "nothing of a session is kept"),
    ("window-position", "the window manager says where windows go"),
];

/// A flag that this browser does not have, though Chromium has it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unsupported(Row);

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (flag, why) = self.0;
        write!(f, "--{flag} is not supported: {why}")
    }
}

/// Leaves out what is so anyway. What a subcommand is given is its own.
pub(super) fn sift(
    arguments: impl IntoIterator<Item = OsString>,
    is_subcommand: impl Fn(&str) -> bool,
) -> Result<Vec<OsString>, Unsupported> {
    let mut arguments = arguments.into_iter();
    // The program's own name comes first.
    let mut kept: Vec<_> = arguments.next().into_iter().collect();
    for argument in arguments.by_ref() {
        let text = argument.to_string_lossy();
        if text == "--" || is_subcommand(&text) {
            kept.push(argument);
            break;
        }
        let flag = text.strip_prefix("--").map(|flag| flag.split_once('=').map_or(flag, |(flag, _)| flag));
        let row = |table: &[Row]| table.iter().find(|(name, _)| flag == Some(*name)).copied();
        if let Some(row) = row(UNSUPPORTED) {
            return Err(Unsupported(row));
        }
        if row(SO_ANYWAY).is_none() {
            kept.push(argument);
        }
    }
    kept.extend(arguments);
    Ok(kept)
}

/// Both tables, for `--help`.
pub(super) fn help() -> String {
    let section = |title: &str, table: &[Row]| {
        let rows = table.iter().map(|(flag, why)| format!("\n      --{flag}: {why}"));
        format!("{title}{}", rows.collect::<String>())
    };
    let taken = section("Chromium's flags that are taken, since what they ask for is so anyway:", SO_ANYWAY);
    let refused = section("Chromium's flags that are not supported:", UNSUPPORTED);
    format!("{taken}\n\n{refused}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sifted(arguments: &[&str]) -> Result<Vec<String>, String> {
        let arguments = std::iter::once(&"bulkhead").chain(arguments).map(OsString::from);
        let kept = sift(arguments, |name| name == "lab").map_err(|error| error.to_string())?;
        Ok(kept.into_iter().skip(1).map(|argument| argument.into_string().unwrap()).collect())
    }

    #[test]
    fn what_is_so_anyway_is_left_out_and_what_is_not_supported_is_named_with_the_reason() {
        assert_eq!(
            sifted(&["--incognito", "--headless", "page.html", "--disable-gpu"]).unwrap(),
            ["--headless", "page.html"]
        );
        let refused = sifted(&["page.html", "--print-to-pdf=x.pdf"]).unwrap_err();
        assert!(refused.starts_with("--print-to-pdf is not supported: ") && refused.lines().count() == 1, "{refused}");
    }

    #[test]
    fn names_of_files_and_arguments_of_subcommands_are_left_alone() {
        for arguments in [&["--", "--dump-dom"][..], &["lab", "--app=x"], &["--appendix"], &["dump-dom"]] {
            assert_eq!(sifted(arguments).unwrap(), arguments);
        }
    }

    #[test]
    fn both_tables_are_in_order_and_have_nothing_in_common() {
        for table in [SO_ANYWAY, UNSUPPORTED] {
            assert!(table.is_sorted_by_key(|(flag, _)| flag));
        }
        assert!(SO_ANYWAY.iter().all(|(flag, _)| UNSUPPORTED.iter().all(|(other, _)| flag != other)));
    }
}
