//! What the files of a pair say of it, each in an element of its own, written exactly so:
//!
//! | element | meaning |
//! |---|---|
//! | `<meta name="window" content="400x300">` | the page area; with ` dark` behind, of a dark window |
//! | `<meta name="fragment" content="end">` | this file is opened at `#end` |
//! | `<meta name="fuzzy" content="30 pixels by 2: why">` | so many pixels may differ by so many levels of a channel |
//! | `<meta name="blank" content="why">` | a picture of one colour is right |
//! | `<meta name="known-fault" content="what">` | the page is not drawn right, and the test fails once it is |
//!
//! All but `fragment` count for the pair, whichever of the files they are in.

/// What is said of a pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) window: (u32, u32),
    pub(crate) dark: bool,
    pub(crate) fuzzy: Fuzzy,
    pub(crate) blank: bool,
    pub(crate) known_fault: Option<String>,
}

/// How far pictures may differ that count as the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fuzzy {
    pub(crate) pixels: usize,
    pub(crate) levels: u8,
}

/// How a file is opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct View {
    pub(crate) fragment: Option<String>,
}

/// How both files of a pair are opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Views {
    pub(crate) page: View,
    pub(crate) reference: View,
}

impl Default for Settings {
    fn default() -> Self {
        Self { window: (400, 300), dark: false, fuzzy: Fuzzy::default(), blank: false, known_fault: None }
    }
}

impl Settings {
    /// Takes in what one file says.
    pub(crate) fn read(&mut self, source: &str, view: &mut View) -> Result<(), String> {
        for element in source.split("<meta name=\"").skip(1) {
            let parts =
                element.split_once("\" content=\"").and_then(|(name, rest)| Some((name, rest.split_once("\">")?.0)));
            let (name, content) = parts.ok_or("a <meta name> that is not written as the tests read it")?;
            self.set(name, content, view).ok_or_else(|| format!("no setting: {name}={content:?}"))?;
        }
        Ok(())
    }

    fn set(&mut self, name: &str, content: &str, view: &mut View) -> Option<()> {
        match name {
            "window" => {
                let size = content.strip_suffix(" dark");
                self.dark = size.is_some();
                let (width, height) = size.unwrap_or(content).split_once('x')?;
                self.window = (width.parse().ok()?, height.parse().ok()?);
            }
            "fragment" => view.fragment = Some(content.to_owned()),
            "fuzzy" => {
                let (allowance, _reason) = content.split_once(": ")?;
                let (pixels, levels) = allowance.split_once(" pixels by ")?;
                self.fuzzy = Fuzzy { pixels: pixels.parse().ok()?, levels: levels.parse().ok()? };
            }
            "blank" => self.blank = true,
            "known-fault" => self.known_fault = Some(content.to_owned()),
            _ => return None,
        }
        Some(())
    }
}
