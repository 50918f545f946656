//! The address bar: shows where the tab is, takes what a person types.
//!
//! Without the keyboard focus it shows the tab's address, all but the site dimmed. With the focus it belongs to the person
//! who types: Enter goes there, Escape brings the tab's address back, and so does leaving it.

use super::command::Command;
use super::theme::{Palette, font};
use bulkhead_broker::browser::Tab;
use bulkhead_shared::ids::TabId;
use egui::text::{CCursor, CCursorRange, LayoutJob};
use egui::text_edit::TextEditState;
use egui::{Color32, CornerRadius, Id, Key, Rect, StrokeKind, TextEdit, TextFormat, WidgetInfo};
use std::ops::Range;

/// What the address bar remembers.
#[derive(Debug, Default)]
pub(super) struct AddressBar {
    text: String,
    /// The tab whose address this is.
    tab: Option<TabId>,
    /// Whether the text is the person's, not the tab's.
    edited: bool,
    /// Whether the focus is asked for.
    wanted: bool,
    /// Whether the click that brought the focus is not over yet.
    clicking: bool,
    /// What is selected, if the person has selected it.
    selection: String,
    /// Whether that is new.
    selected: bool,
    rect: Option<Rect>,
}

/// The text field's name.
pub(super) fn id() -> Id {
    Id::new("address bar")
}

impl AddressBar {
    /// Takes the keyboard focus at once, so that what is typed next, even before the next drawing, replaces the address.
    pub(super) fn focus(&mut self, context: &egui::Context) {
        self.wanted = true;
        context.memory_mut(|memory| memory.request_focus(id()));
    }

    pub(super) fn show(&mut self, ui: &mut egui::Ui, rect: Rect, tab: Option<&Tab>, commands: &mut Vec<Command>) {
        self.rect = Some(rect);
        let palette = Palette::current(ui);
        let wanted = std::mem::take(&mut self.wanted);
        self.edited &= !wanted;
        if self.tab != tab.map(|tab| tab.id) && !wanted {
            // Another tab: its page has the keyboard.
            ui.memory_mut(|memory| memory.surrender_focus(id()));
        }
        let focused = ui.memory(|memory| memory.has_focus(id()));
        self.follow(tab, focused);
        if wanted {
            self.select_all(ui, TextEditState::load(ui.ctx(), id()).unwrap_or_default());
        }

        let radius = CornerRadius::same(8);
        let fill = if focused { palette.bar } else { palette.field };
        ui.painter().rect_filled(rect, radius, fill);
        if focused {
            ui.painter().rect_stroke(rect, radius, (2.0, palette.accent), StrokeKind::Inside);
        }
        let mut layouter = |ui: &egui::Ui, text: &dyn egui::TextBuffer, _: f32| {
            let job = if focused { plain(text.as_str(), palette.text) } else { dimmed(text.as_str(), &palette) };
            ui.fonts_mut(|fonts| fonts.layout_job(job))
        };
        let mut field = ui.new_child(egui::UiBuilder::new().max_rect(rect.shrink2(egui::vec2(12.0, 0.0))));
        field.set_clip_rect(rect.shrink(2.0));
        let output = TextEdit::singleline(&mut self.text)
            .id(id())
            .frame(egui::Frame::NONE)
            .margin(egui::Margin::ZERO)
            .vertical_align(egui::Align::Center)
            .min_size(egui::vec2(0.0, rect.height()))
            .desired_width(f32::INFINITY)
            .hint_text("Type an address or a path")
            .layouter(&mut layouter)
            .show(&mut field);
        let response = output.response.response;
        let label = self.text.clone();
        response.widget_info(|| {
            let mut info = WidgetInfo::text_edit(true, &label, &label, "Address");
            info.label = Some("Address".to_owned());
            info
        });
        self.edited |= response.changed();
        let by_focus = wanted || response.gained_focus() || self.clicking;
        if by_focus {
            self.selection.clone_from(&self.text);
        } else {
            self.note_selection(ui, output.cursor_range.filter(|_| focused));
        }
        self.select_all_on_focus(ui, response.gained_focus() && !wanted, output.state);
        if response.lost_focus() {
            if ui.input(|input| input.key_pressed(Key::Enter)) && !self.text.trim().is_empty() {
                commands.push(Command::Go(self.text.clone()));
            }
            self.edited = false;
            self.clicking = false;
        }
    }

    /// Notes what the person has selected, once the button is up. What the focus selects is not the person's doing.
    fn note_selection(&mut self, ui: &egui::Ui, range: Option<CCursorRange>) {
        if ui.input(|input| input.pointer.primary_down()) {
            return;
        }
        let Some(range) = range.filter(|range| !range.is_empty()) else { return self.selection.clear() };
        let text = range.slice_str(&self.text);
        if self.selection != text {
            self.selection = text.to_owned();
            self.selected = true;
        }
    }

    /// What the person has just selected.
    pub(super) fn take_selected(&mut self) -> Option<String> {
        std::mem::take(&mut self.selected).then(|| self.selection.clone())
    }

    /// Whether it is at this place of the window.
    pub(super) fn contains(&self, position: egui::Pos2) -> bool {
        self.rect.is_some_and(|rect| rect.contains(position))
    }

    /// Takes over the tab's address, unless a person is at it.
    fn follow(&mut self, tab: Option<&Tab>, focused: bool) {
        let id = tab.map(|tab| tab.id);
        if self.tab != id {
            self.tab = id;
            self.edited = false;
        }
        if !(focused && self.edited) {
            let address = tab.map(crate::address::shown).unwrap_or_default();
            if self.text != address {
                self.text = address;
            }
        }
    }

    /// The whole text is selected when the focus comes. Where a click brings it, the button's release and a trembling hand
    /// would undo that; so it is done again until the click is over or has become a drag.
    fn select_all_on_focus(&mut self, ui: &egui::Ui, gained: bool, state: TextEditState) {
        let (down, dragging) = ui.input(|input| (input.pointer.primary_down(), input.pointer.is_decidedly_dragging()));
        self.clicking |= gained && down;
        if gained || (self.clicking && !dragging) {
            self.select_all(ui, state);
        }
        self.clicking &= down && !dragging;
    }

    fn select_all(&self, ui: &egui::Ui, mut state: TextEditState) {
        let end = CCursor::new(self.text.chars().count());
        state.cursor.set_char_range(Some(CCursorRange::two(CCursor::default(), end)));
        state.store(ui.ctx(), id());
    }
}

fn format(colour: Color32) -> TextFormat {
    TextFormat::simple(font(14.0), colour)
}

fn plain(text: &str, colour: Color32) -> LayoutJob {
    LayoutJob::single_section(text.to_owned(), format(colour))
}

/// Everything but the site is dimmed, so that a long path cannot pass for another site.
fn dimmed(text: &str, palette: &Palette) -> LayoutJob {
    // More is not seen, and need not be laid out at every drawing.
    const LONGEST: usize = 512;
    let text: String = text.chars().take(LONGEST).collect();
    let site = site(&text);
    let mut job = LayoutJob::default();
    for (range, colour) in
        [(0..site.start, palette.dim), (site.clone(), palette.text), (site.end..text.len(), palette.dim)]
    {
        job.append(text.get(range).unwrap_or_default(), 0.0, format(colour));
    }
    job
}

/// Where the part is that says whose page it is: the host; of a `file:` URL, the path.
fn site(text: &str) -> Range<usize> {
    let Some((scheme, rest)) = text.split_once(':') else { return 0..text.len() };
    let after_colon = scheme.len() + 1;
    if !rest.starts_with("//") {
        return after_colon..after_colon;
    }
    let start = after_colon + 2;
    let authority = text.get(start..).unwrap_or_default();
    let authority = authority.find(['/', '?', '#']).and_then(|end| authority.get(..end)).unwrap_or(authority);
    match authority.rsplit_once('@') {
        _ if authority.is_empty() => start..text.len(),
        Some((user, host)) => start + user.len() + 1..start + user.len() + 1 + host.len(),
        None => start..start + authority.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_site_stands_out_and_nothing_that_only_looks_like_it() {
        for (text, expected) in [
            ("https://example.org/a?b#c", "example.org"),
            ("https://bank.example@evil.example/", "evil.example"),
            ("http://[::1]:80/x", "[::1]:80"),
            ("bulkhead://start", "start"),
            ("file:///usr/share/doc", "/usr/share/doc"),
            ("data:text/html,<h1>//bank.example/", ""),
            ("about:blank", ""),
        ] {
            assert_eq!(&text[site(text)], expected, "{text}");
        }
    }
}
