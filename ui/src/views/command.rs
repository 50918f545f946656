//! Everything that a user can order the browser to do, by mouse, keyboard or assistive technology.

use bulkhead_shared::ids::TabId;

/// An order. Where no tab is named, the one on display is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// A new tab with the start page.
    NewTab,
    /// Close this tab.
    CloseTab(TabId),
    /// Close the tab on display.
    CloseActive,
    /// Bring the last closed tab back.
    ReopenTab,
    /// Show this tab.
    Select(TabId),
    /// Show the next tab, around the end.
    NextTab,
    /// Show the previous tab, around the end.
    PreviousTab,
    /// Show the tab at this position, from 0.
    TabAt(usize),
    /// Show the last tab.
    LastTab,
    /// One step back.
    Back,
    /// One step forward.
    Forward,
    /// Load again.
    Reload,
    /// Give up loading.
    Stop,
    /// Go where this text says.
    Go(String),
    /// Put the keyboard focus into the address bar.
    FocusAddress,
    /// The next larger zoom step.
    ZoomIn,
    /// The next smaller zoom step.
    ZoomOut,
    /// Zoom 100 %.
    ZoomReset,
    /// Wait on for this tab's process.
    Wait(TabId),
    /// End this tab's process.
    EndProcess(TabId),
    /// Take away what this tab tells the user.
    DismissNotice(TabId),
    /// Show or hide the process table.
    ProcessTable,
    /// Copy what is selected in the page.
    Copy,
    /// Cut it.
    Cut,
    /// Insert the clipboard's text into the field that has the keyboard. The window reads the clipboard.
    Paste,
    /// Select all of the page, or of its focused field.
    SelectAll,
    /// End the browser.
    Quit,
}

/// Chromium's zoom steps.
const ZOOM_STEPS: [f32; 17] =
    [0.25, 0.33, 0.5, 0.67, 0.75, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0, 5.0];

/// The zoom step after `zoom`, upwards or downwards; `zoom` itself at the end.
pub(super) fn zoom_step(zoom: f32, up: bool) -> f32 {
    const SAME: f32 = 0.005;
    let next = if up {
        ZOOM_STEPS.iter().find(|step| **step > zoom + SAME)
    } else {
        ZOOM_STEPS.iter().rev().find(|step| **step < zoom - SAME)
    };
    next.copied().unwrap_or(zoom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zooming_goes_by_steps_and_stops_at_the_ends() {
        assert_eq!(zoom_step(1.0, true), 1.1);
        assert_eq!(zoom_step(1.0, false), 0.9);
        assert_eq!(zoom_step(1.05, false), 1.0);
        assert_eq!(zoom_step(5.0, true), 5.0);
        assert_eq!(zoom_step(0.25, false), 0.25);
    }
}
