//! What the engine calls back: the host of a page. It notes down what happened; the page hands that on as [`Notice`]s.
//!
//! Contract: of what says how things are (title, link under the pointer, its shape, focus, position), only the last is handed on, and
//! only where it has changed; so however much happens at once, little is said.

use blitz_traits::navigation::{NavigationOptions, NavigationProvider};
use blitz_traits::net::Method;
use blitz_traits::shell::{ClipboardError, ShellProvider};
use bulkhead_shared::limits::{HOVER_BYTES, TITLE_BYTES, URL_BYTES};
use bulkhead_shared::uplink::{Cursor, Target, Unsupported, css_pixels};
use cursor_icon::CursorIcon;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Something that the rest of the browser should know of. Every text is within the limits of the link.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Notice {
    /// The document's title.
    Title(String),
    /// The user followed a link or sent a form.
    Navigate {
        /// Absolute.
        url: String,
        /// In which tab.
        target: Target,
    },
    /// The user did something that has no consequence here.
    Unsupported(Unsupported),
    /// The page has scrolled to a fragment.
    Scrolled {
        /// CSS pixels.
        x: f32,
        /// CSS pixels.
        y: f32,
    },
    /// The link under the pointer.
    Hover(Option<String>),
    /// The pointer's shape.
    Cursor(Cursor),
    /// Whether a text field has the focus.
    TextFocus(bool),
}

/// The engine wants its providers shareable, so this is behind a lock that nobody ever contends for.
#[derive(Debug, Default)]
pub(super) struct Host {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    redraw: bool,
    notices: Vec<Notice>,
    /// What was said last of those that are said on change only.
    title: String,
    hover: Option<String>,
    cursor: Cursor,
    text_focus: bool,
}

impl Host {
    pub(super) fn take_redraw_request(&self) -> bool {
        std::mem::take(&mut self.state().redraw)
    }

    pub(super) fn take_notices(&self) -> Vec<Notice> {
        std::mem::take(&mut self.state().notices)
    }

    fn say(&self, notice: Notice) {
        self.state().notices.push(notice);
    }

    pub(super) fn navigate(&self, url: String, target: Target) {
        if url.len() <= URL_BYTES {
            self.say(Notice::Navigate { url, target });
        } else {
            self.say(Notice::Unsupported(Unsupported::LongAddress));
        }
    }

    pub(super) fn unsupported(&self, what: Unsupported) {
        self.say(Notice::Unsupported(match what {
            Unsupported::PostForm { url } if url.len() > URL_BYTES => Unsupported::LongAddress,
            what => what,
        }));
    }

    pub(super) fn scrolled(&self, x: f32, y: f32) {
        self.state().replace(Notice::Scrolled { x: css_pixels(x), y: css_pixels(y) });
    }

    /// The beginning of a long address is all that is ever shown.
    pub(super) fn hover(&self, link: Option<String>) {
        let link = link.map(|url| cut(&url, HOVER_BYTES).to_owned());
        let mut state = self.state();
        if state.hover != link {
            state.hover.clone_from(&link);
            state.replace(Notice::Hover(link));
        }
    }

    pub(super) fn text_focus(&self, focus: bool) {
        let mut state = self.state();
        if state.text_focus != focus {
            state.text_focus = focus;
            state.replace(Notice::TextFocus(focus));
        }
    }

    pub(super) fn cursor(&self, cursor: Cursor) {
        let mut state = self.state();
        if state.cursor != cursor {
            state.cursor = cursor;
            state.replace(Notice::Cursor(cursor));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Notes how something is now. What it was before does not matter any more.
    fn replace(&mut self, notice: Notice) {
        self.notices.retain(|before| std::mem::discriminant(before) != std::mem::discriminant(&notice));
        self.notices.push(notice);
    }
}

impl ShellProvider for Host {
    fn request_redraw(&self) {
        self.state().redraw = true;
    }

    fn set_cursor(&self, icon: Option<CursorIcon>) {
        self.cursor(icon.map_or(Cursor::None, cursor_shape));
    }

    fn set_window_title(&self, title: String) {
        let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
        let title = cut(&title, TITLE_BYTES).to_owned();
        let mut state = self.state();
        if state.title != title {
            state.title.clone_from(&title);
            state.replace(Notice::Title(title));
        }
    }

    /// What is copied is the answer to an edit command ([`super::page::Page::edit`]). The engine also has keys for it, those of
    /// Ctrl+Shift+C among them, for which the broker has not asked: it would take the answer for a lie.
    fn set_clipboard_text(&self, _: String) -> Result<(), ClipboardError> {
        Ok(())
    }
}

impl NavigationProvider for Host {
    /// The engine's own way to follow a link and to send a form, which [`super::clicks`] and [`super::keys`] leave it no occasion
    /// for.
    fn navigate_to(&self, options: NavigationOptions) {
        match options.method {
            Method::GET => self.navigate(options.url.into(), Target::Current),
            _ => self.unsupported(Unsupported::PostForm { url: options.url.into() }),
        }
    }
}

/// The longest beginning of `text` that has at most `bytes` bytes.
pub(super) fn cut(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

fn cursor_shape(icon: CursorIcon) -> Cursor {
    match icon {
        CursorIcon::ContextMenu => Cursor::ContextMenu,
        CursorIcon::Help => Cursor::Help,
        CursorIcon::Pointer => Cursor::Pointer,
        CursorIcon::Progress => Cursor::Progress,
        CursorIcon::Wait => Cursor::Wait,
        CursorIcon::Cell => Cursor::Cell,
        CursorIcon::Crosshair => Cursor::Crosshair,
        CursorIcon::Text => Cursor::Text,
        CursorIcon::VerticalText => Cursor::VerticalText,
        CursorIcon::Alias => Cursor::Alias,
        CursorIcon::Copy => Cursor::Copy,
        CursorIcon::Move => Cursor::Move,
        CursorIcon::NoDrop => Cursor::NoDrop,
        CursorIcon::NotAllowed => Cursor::NotAllowed,
        CursorIcon::Grab => Cursor::Grab,
        CursorIcon::Grabbing => Cursor::Grabbing,
        CursorIcon::AllScroll => Cursor::AllScroll,
        CursorIcon::ColResize => Cursor::ColResize,
        CursorIcon::RowResize => Cursor::RowResize,
        CursorIcon::EResize | CursorIcon::WResize | CursorIcon::EwResize => Cursor::EwResize,
        CursorIcon::NResize | CursorIcon::SResize | CursorIcon::NsResize => Cursor::NsResize,
        CursorIcon::NeResize | CursorIcon::SwResize | CursorIcon::NeswResize => Cursor::NeswResize,
        CursorIcon::NwResize | CursorIcon::SeResize | CursorIcon::NwseResize => Cursor::NwseResize,
        CursorIcon::ZoomIn => Cursor::ZoomIn,
        CursorIcon::ZoomOut => Cursor::ZoomOut,
        _ => Cursor::Default,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_change_is_said_once() {
        let host = Host::default();
        for _ in 0..2 {
            host.set_window_title(" A\n title ".to_owned());
            host.hover(Some("http://a/".to_owned()));
            host.set_cursor(Some(CursorIcon::Pointer));
            host.text_focus(true);
        }
        let expected = [
            Notice::Title("A title".to_owned()),
            Notice::Hover(Some("http://a/".to_owned())),
            Notice::Cursor(Cursor::Pointer),
            Notice::TextFocus(true),
        ];
        assert_eq!(host.take_notices(), expected);
        assert!(host.take_notices().is_empty());
    }

    #[test]
    fn of_how_things_are_the_last_is_said() {
        let host = Host::default();
        for n in 0..1000 {
            host.set_window_title(n.to_string());
            host.hover(Some(format!("http://a/{n}")));
            host.cursor(if n % 2 == 0 { Cursor::Pointer } else { Cursor::Default });
            host.text_focus(n % 2 == 0);
            host.scrolled(0.0, n as f32);
        }
        host.navigate("http://a/".to_owned(), Target::Current);
        let notices = host.take_notices();
        assert_eq!(notices.len(), 6, "{notices:?}");
        assert!(notices.contains(&Notice::Scrolled { x: 0.0, y: 999.0 }));
    }

    #[test]
    fn positions_are_numbers() {
        let host = Host::default();
        host.scrolled(f32::NAN, f32::INFINITY);
        let expected = Notice::Scrolled { x: 0.0, y: bulkhead_shared::limits::CSS_PIXELS };
        assert_eq!(host.take_notices(), [expected]);
    }

    #[test]
    fn texts_are_cut_to_what_the_link_carries_between_characters() {
        let host = Host::default();
        host.set_window_title("é".repeat(TITLE_BYTES));
        host.hover(Some(format!("http://a/{}", "é".repeat(URL_BYTES))));
        host.navigate("x".repeat(URL_BYTES + 1), Target::Current);
        let [Notice::Title(title), Notice::Hover(Some(link)), Notice::Unsupported(unsupported)] =
            &host.take_notices()[..]
        else {
            panic!("three notices")
        };
        assert_eq!(title.len(), TITLE_BYTES);
        assert_eq!(*unsupported, Unsupported::LongAddress);
        assert!(link.starts_with("http://a/é") && link.len() <= HOVER_BYTES);
    }
}
