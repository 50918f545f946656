//! The event loop's handler: every event of the desktop and of the I/O thread comes through here, and goes to the
//! interface, to the page on display, or to both.

use super::clipboard::{Answer, Selection};
use super::paste::{Destination, Pastes, Place};
use super::pointer::{self, Mouse, Owner};
use super::view::View;
use super::{Look, Wake, WindowError, keys};
use crate::views::{Command, Ui, shortcuts};
use bulkhead_broker::browser::{Browser, Tab};
use bulkhead_broker::events::Event;
use bulkhead_broker::process_table::ProcessTable;
use bulkhead_shared::downlink::Edit;
use bulkhead_shared::ids::RendererId;
use bulkhead_shared::input::{Button, InputEvent, Modifiers, WheelUnit};
use bulkhead_shared::uplink::Cursor;
use crossbeam_channel::Receiver;
use egui_winit::accesskit_winit::WindowEvent as AccessibilityEvent;
use std::sync::Arc;
use std::time::Instant;
use winit::application::ApplicationHandler;
use winit::event::{ElementState, Ime, KeyEvent, MouseButton, MouseScrollDelta, StartCause, WindowEvent};
use winit::event_loop::{ActiveEventLoop, ControlFlow, EventLoopProxy};
use winit::window::WindowId;

/// Points that a touchpad scrolls for one step of the zoom.
const ZOOM_DISTANCE: f32 = 60.0;

/// Everything that the main thread owns.
pub(super) struct App {
    browser: Browser,
    events: Receiver<Event>,
    table: ProcessTable,
    ui: Ui,
    /// None until the event loop has begun.
    view: Option<View>,
    /// None without an event loop, and without a thread for it.
    pastes: Option<Pastes>,
    proxy: EventLoopProxy<Wake>,
    mouse: Mouse,
    modifiers: Modifiers,
    /// Whether the window has the keyboard.
    focused: bool,
    /// What the page was last told about that.
    page_focus: Option<(RendererId, bool)>,
    /// Whether the desktop is dark, once it has said so.
    dark: Option<bool>,
    /// How far Ctrl and the touchpad are on their way to the next zoom step.
    zooming: f32,
    look: Look,
    failure: Option<WindowError>,
}

impl App {
    pub(super) fn new(browser: Browser, table: ProcessTable, proxy: EventLoopProxy<Wake>, look: Look) -> Self {
        Self {
            events: browser.events(),
            browser,
            ui: Ui::new(table.clone()),
            table,
            view: None,
            pastes: None,
            proxy,
            mouse: Mouse::default(),
            modifiers: Modifiers::default(),
            focused: false,
            page_focus: None,
            dark: look.dark.then_some(true),
            zooming: 0.0,
            look,
            failure: None,
        }
    }

    /// The desktop is dark, or light.
    pub(super) fn set_dark(&mut self, dark: bool) {
        self.dark = Some(dark);
        if let Some(view) = &mut self.view {
            view.set_dark(dark);
        }
    }

    /// Ends every process. Returns what has gone wrong, if anything has.
    pub(super) fn finish(self) -> Result<(), WindowError> {
        let broken = self.browser.failure().map(|why| WindowError::Broken(why.to_owned()));
        self.browser.shutdown();
        self.failure.or(broken).map_or(Ok(()), Err)
    }

    fn fail(&mut self, event_loop: &ActiveEventLoop, error: WindowError) {
        self.failure = Some(error);
        event_loop.exit();
    }

    /// Takes over what the processes have done, and marks what is stale now.
    fn settle(&mut self, event_loop: &ActiveEventLoop) {
        for event in self.events.try_iter() {
            self.browser.handle(event);
        }
        self.tell_page_of_focus();
        self.browser.tick(Instant::now());
        let changes = self.browser.take_changes();
        if changes.ui {
            self.table.note(&self.browser);
        }
        if let Some(view) = &mut self.view {
            if changes.ui {
                view.touch_ui();
            }
            if changes.page {
                view.touch_page();
            }
        }
        self.store(Selection::Clipboard, changes.clipboard);
        self.store(Selection::Primary, changes.primary);
        if self.ui.quits() || self.browser.tabs().is_empty() {
            event_loop.exit();
        }
    }

    /// The page has the keyboard where the window has it and the interface does not.
    fn tell_page_of_focus(&mut self) {
        let Some(renderer) = self.browser.active().and_then(Tab::renderer) else { return };
        let now = Some((renderer, self.focused && !self.ui.has_keyboard()));
        if self.page_focus != now {
            self.page_focus = now;
            self.browser.input(InputEvent::Focus(now.is_some_and(|(_, focused)| focused)));
        }
    }

    fn perform(&mut self, command: Command) {
        if command == Command::Paste {
            return self.paste();
        }
        let selects = command == Command::SelectAll;
        self.ui.perform(&mut self.browser, command);
        if selects {
            self.browser.edit(Edit::Selection);
        }
        self.touch_ui();
    }

    /// Puts text into a selection of the desktop, if there is any.
    fn store(&self, selection: Selection, text: impl IntoIterator<Item = String>) {
        if let Some(pastes) = &self.pastes {
            text.into_iter().for_each(|text| pastes.store(selection, text));
        }
    }

    /// Asks for what the clipboard holds, for whoever has the keyboard.
    fn paste(&mut self) {
        let destination = match self.ui.has_keyboard() {
            true => Some(Destination::Ui(self.browser.active().map(|tab| tab.id))),
            false => self.place().map(Destination::Page),
        };
        self.ask(Selection::Clipboard, destination);
    }

    fn ask(&mut self, selection: Selection, destination: Option<Destination>) {
        if let (Some(pastes), Some(destination)) = (&mut self.pastes, destination) {
            pastes.ask(selection, destination);
        }
    }

    /// The page on display.
    fn place(&self) -> Option<Place> {
        let tab = self.browser.active()?;
        Some(Place { renderer: tab.renderer()?, navigation: tab.document.as_ref()?.navigation })
    }

    /// Whether what is meant is still on display, and has the keyboard.
    fn is_there(&self, destination: Destination) -> bool {
        match destination {
            Destination::Ui(tab) => self.ui.has_keyboard() && tab == self.browser.active().map(|tab| tab.id),
            Destination::Page(place) | Destination::PageAt(place, _) => self.place() == Some(place),
        }
    }

    fn pasted(&mut self, answer: Answer) {
        let Some((destination, text)) = self.pastes.as_mut().and_then(|pastes| pastes.answered(answer)) else { return };
        let Some(text) = text.filter(|text| !text.is_empty()) else { return };
        if !self.is_there(destination) {
            return self.notify("Nothing was pasted: the page or field that it was meant for is not there any more.");
        }
        match (destination, &mut self.view) {
            (Destination::Ui(_), Some(view)) => view.paste(text),
            (Destination::Ui(_), None) => {}
            (Destination::Page(_), _) => self.browser.edit(Edit::Paste(text)),
            (Destination::PageAt(_, pointer), _) => self.browser.edit(Edit::PasteAt(pointer, text)),
        }
    }

    fn notify(&mut self, message: &'static str) {
        self.ui.notify(message);
        self.touch_ui();
    }

    /// Time has passed, for what waits for other programs.
    fn give_up(&mut self, now: Instant) {
        if self.pastes.as_mut().is_some_and(|pastes| pastes.give_up(now)) {
            self.notify("Nothing was pasted: the program that holds the clipboard does not answer.");
        }
    }

    fn tell_ui(&mut self, event: &WindowEvent) {
        if let Some(view) = &mut self.view {
            view.tell_ui(event);
        }
    }

    fn touch_ui(&mut self) {
        if let Some(view) = &mut self.view {
            view.touch_ui();
        }
    }

    fn scale(&self) -> f64 {
        self.view.as_ref().map_or(1.0, View::scale)
    }

    fn owner_at(&self, position: egui::Pos2) -> Owner {
        if self.ui.is_page_at(position) { Owner::Page } else { Owner::Ui }
    }

    fn page_pointer(&self, button: Button) -> bulkhead_shared::input::Pointer {
        self.mouse.for_page(self.ui.page_rect().min, button, self.modifiers)
    }

    fn mouse_moved(&mut self, event: &WindowEvent, position: egui::Pos2) {
        let (before, now) = self.mouse.moved(position, self.owner_at(position));
        if before == Owner::Page && now != Owner::Page {
            self.browser.input(InputEvent::PointerLeave);
        }
        if now == Owner::Page {
            self.browser.input(InputEvent::PointerMove(self.page_pointer(Button::Main)));
        }
        // The interface hears where the mouse went when it leaves it; what it does over the page is not its business.
        if now == Owner::Ui || before != Owner::Page {
            self.tell_ui(event);
        }
    }

    fn mouse_button(&mut self, event: &WindowEvent, state: ElementState, button: MouseButton) {
        let pressed = state.is_pressed();
        let Some(name) = pointer::button(button) else { return };
        match (name, pressed) {
            (Button::Back, true) => return self.perform(Command::Back),
            (Button::Forward, true) => return self.perform(Command::Forward),
            (Button::Back | Button::Forward, false) => return,
            _ => {}
        }
        match self.mouse.pressed(name, pressed, self.owner_at(self.mouse.position)) {
            Owner::Page if pressed => {
                if self.ui.has_keyboard() {
                    self.ui.release_keyboard();
                    self.touch_ui();
                }
                self.browser.input(InputEvent::PointerDown(self.page_pointer(name)));
            }
            Owner::Page => {
                self.browser.input(InputEvent::PointerUp(self.page_pointer(name)));
                self.use_primary_selection(name);
            }
            Owner::Ui if name == Button::Middle && self.ui.is_address_at(self.mouse.position) => {
                if !pressed && self.mouse.has_clicked(name) {
                    self.paste_into_address();
                }
            }
            Owner::Ui => self.tell_ui(event),
            Owner::Nobody => {}
        }
    }

    /// A button came up over the page. What the main button has selected becomes the desktop's primary selection, and the
    /// middle button inserts that into the text field that it was clicked on. The page is asked, and told, for such an act of
    /// the user alone.
    fn use_primary_selection(&mut self, button: Button) {
        let over_text =
            self.browser.active().is_some_and(|tab| tab.page.cursor == Cursor::Text && tab.page.hover.is_none());
        match button {
            Button::Main if self.mouse.has_selected() || self.modifiers.shift => self.browser.edit(Edit::Selection),
            Button::Middle if over_text && self.mouse.has_clicked(button) => {
                let pointer = self.page_pointer(button);
                self.ask(Selection::Primary, self.place().map(|place| Destination::PageAt(place, pointer)));
            }
            _ => {}
        }
    }

    /// The primary selection replaces the address, or goes where it was clicked in what is being typed.
    fn paste_into_address(&mut self) {
        if self.ui.has_keyboard() {
            let pos = self.mouse.position;
            let (button, modifiers) = (egui::PointerButton::Primary, egui::Modifiers::NONE);
            let click = [true, false].map(|pressed| egui::Event::PointerButton { pos, button, pressed, modifiers });
            if let Some(view) = &mut self.view {
                view.do_in_ui(click);
            }
        } else {
            self.perform(Command::FocusAddress);
        }
        self.ask(Selection::Primary, Some(Destination::Ui(self.browser.active().map(|tab| tab.id))));
    }

    fn wheel(&mut self, event: &WindowEvent, delta: MouseScrollDelta) {
        if self.mouse.owner() != Owner::Page {
            return self.tell_ui(event);
        }
        let (dx, dy, unit) = pointer::scroll(delta, self.scale());
        if !self.modifiers.ctrl {
            let pointer = self.page_pointer(Button::Main);
            return self.browser.input(InputEvent::Wheel { pointer, dx, dy, unit });
        }
        self.zooming += match unit {
            WheelUnit::Lines => dy.signum() * ZOOM_DISTANCE * f32::from(u8::from(dy != 0.0)),
            WheelUnit::Pixels => dy,
        };
        if self.zooming.abs() >= ZOOM_DISTANCE {
            let closer = self.zooming > 0.0;
            self.zooming = 0.0;
            self.perform(if closer { Command::ZoomIn } else { Command::ZoomOut });
        }
    }

    fn key(&mut self, event: &WindowEvent, key: &KeyEvent) {
        let in_page = !self.ui.has_keyboard();
        if !in_page && key.state.is_pressed() && self.edit_in_ui(key) {
            return;
        }
        if key.state.is_pressed()
            && let Some(command) = shortcuts::find(&keys::for_shortcut(key), self.modifiers, in_page)
        {
            let also_for_page = command == Command::Stop;
            self.perform(command);
            if !also_for_page {
                return;
            }
        }
        if in_page {
            self.browser.input(InputEvent::Key(keys::for_page(key, self.modifiers)));
            let moves = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown"];
            // Once, when the key comes up, however often it has repeated.
            if !key.state.is_pressed() && self.modifiers.shift && moves.contains(&&*keys::for_shortcut(key)) {
                self.browser.edit(Edit::Selection);
            }
        } else {
            self.tell_ui(event);
        }
    }

    /// The keys that copy and cut, in a field of the interface: egui knows fewer of them. Whether this was one.
    fn edit_in_ui(&mut self, key: &KeyEvent) -> bool {
        let event = match shortcuts::find(&keys::for_shortcut(key), self.modifiers, true) {
            Some(Command::Copy) => egui::Event::Copy,
            Some(Command::Cut) => egui::Event::Cut,
            _ => return false,
        };
        if let Some(view) = &mut self.view {
            view.do_in_ui([event]);
        }
        true
    }

    fn assistive_technology(&mut self, event: AccessibilityEvent) {
        match event {
            AccessibilityEvent::InitialTreeRequested => self.ui.context().enable_accesskit(),
            AccessibilityEvent::AccessibilityDeactivated => self.ui.context().disable_accesskit(),
            AccessibilityEvent::ActionRequested(request) => {
                if let Some(view) = &mut self.view {
                    view.egui.on_accesskit_action_request(request);
                }
            }
        }
        self.touch_ui();
    }

    fn draw(&mut self, event_loop: &ActiveEventLoop) {
        let Some(view) = &mut self.view else { return };
        let mouse = (self.mouse.owner() == Owner::Page).then_some(self.mouse.position);
        if let Err(error) = view.draw(&mut self.browser, &mut self.ui, mouse) {
            return self.fail(event_loop, error.into());
        }
        for (selection, text) in view.take_copied() {
            self.store(selection, Some(text));
        }
    }
}

impl ApplicationHandler<Wake> for App {
    fn new_events(&mut self, event_loop: &ActiveEventLoop, cause: StartCause) {
        let now = Instant::now();
        if let StartCause::ResumeTimeReached { .. } = cause {
            if let Some(view) = &mut self.view {
                view.tick(now, self.browser.active());
            }
            self.give_up(now);
            self.release_held(event_loop);
            self.settle(event_loop);
        }
    }

    fn resumed(&mut self, event_loop: &ActiveEventLoop) {
        if self.view.is_none() {
            match View::open(event_loop, self.ui.context(), self.proxy.clone(), self.look) {
                Ok(view) => self.view = Some(view),
                Err(error) => return self.fail(event_loop, error),
            }
            let proxy = self.proxy.clone();
            let tell = Arc::new(move |answer| proxy.send_event(Wake::Clipboard(answer)).unwrap_or_default());
            self.pastes = Pastes::new(event_loop.owned_display_handle(), tell)
                .inspect_err(|error| tracing::error!(%error, "no thread for the clipboard"))
                .ok();
            if let Some(dark) = self.dark {
                self.set_dark(dark);
            }
        }
        self.settle(event_loop);
    }

    fn user_event(&mut self, event_loop: &ActiveEventLoop, event: Wake) {
        match event {
            Wake::Browser => {}
            Wake::Dark(dark) => self.set_dark(dark),
            Wake::Accessibility(event) => self.assistive_technology(event.window_event),
            Wake::Clipboard(answer) => {
                self.pasted(answer);
                self.release_held(event_loop);
            }
        }
        self.settle(event_loop);
    }

    fn window_event(&mut self, event_loop: &ActiveEventLoop, _: WindowId, event: WindowEvent) {
        let event = match &mut self.pastes {
            Some(pastes) => pastes.hold(event, Instant::now()),
            None => Some(event),
        };
        if let Some(event) = event {
            self.handle(event_loop, event);
        }
        self.settle(event_loop);
    }

    fn about_to_wait(&mut self, event_loop: &ActiveEventLoop) {
        let view = self.view.as_ref().and_then(View::deadline);
        let pastes = self.pastes.as_ref().and_then(Pastes::deadline);
        let deadline = [view, pastes, self.browser.deadline()].into_iter().flatten().min();
        event_loop.set_control_flow(deadline.map_or(ControlFlow::Wait, ControlFlow::WaitUntil));
    }

    /// The connection to the display is still there: what uses it goes first.
    fn exiting(&mut self, _: &ActiveEventLoop) {
        self.view = None;
        self.pastes = None;
    }
}

impl App {
    /// Passes on what was held back behind a paste.
    fn release_held(&mut self, event_loop: &ActiveEventLoop) {
        while let Some(event) = self.pastes.as_mut().and_then(|pastes| pastes.release(Instant::now())) {
            self.handle(event_loop, event);
        }
    }

    fn handle(&mut self, event_loop: &ActiveEventLoop, event: WindowEvent) {
        match &event {
            WindowEvent::RedrawRequested => self.draw(event_loop),
            WindowEvent::CloseRequested => event_loop.exit(),
            WindowEvent::CursorMoved { position, .. } => {
                let at = position.to_logical::<f32>(self.scale());
                self.mouse_moved(&event, egui::pos2(at.x, at.y));
            }
            WindowEvent::CursorLeft { .. } => {
                if self.mouse.left() == Owner::Page && self.mouse.owner() == Owner::Nobody {
                    self.browser.input(InputEvent::PointerLeave);
                }
                self.tell_ui(&event);
            }
            WindowEvent::MouseInput { state, button, .. } => self.mouse_button(&event, *state, *button),
            WindowEvent::MouseWheel { delta, .. } => self.wheel(&event, *delta),
            // winit makes up key presses when the focus comes and goes. Nobody has pressed these.
            WindowEvent::KeyboardInput { is_synthetic: true, .. } => {}
            WindowEvent::KeyboardInput { event: key, .. } => self.key(&event, key),
            WindowEvent::Ime(ime) if !self.ui.has_keyboard() => {
                if let Ime::Commit(text) = ime {
                    self.browser.input(InputEvent::Text(text.clone()));
                }
            }
            WindowEvent::ModifiersChanged(state) => {
                self.modifiers = keys::modifiers(state.state());
                self.tell_ui(&event);
            }
            WindowEvent::Focused(focused) => {
                self.focused = *focused;
                self.tell_ui(&event);
            }
            WindowEvent::Resized(_) | WindowEvent::Occluded(false) => {
                if let Some(view) = &mut self.view {
                    view.lose_screen();
                }
                self.tell_ui(&event);
            }
            // Whether it is dark, the desktop's portal says, or the command line.
            WindowEvent::Moved(_) | WindowEvent::AxisMotion { .. } | WindowEvent::ThemeChanged(_) => {}
            _ => self.tell_ui(&event),
        }
    }
}
