//! The event loop's handler: every event of the desktop and of the I/O thread comes through here, and goes to the
//! interface, to the page on display, or to both.

use super::clipboard::Selection;
use super::mouse::MouseInput;
use super::paste::Pastes;
use super::shell::Shell;
use super::view::View;
use super::{Look, Wake, WindowError, keys};
use crate::process_table::ProcessTable;
use crate::views::{Command, Ui, shortcuts};
use bulkhead_broker::browser::{Browser, Tab};
use bulkhead_broker::events::Event;
use bulkhead_shared::downlink::Edit;
use bulkhead_shared::ids::RendererId;
use bulkhead_shared::input::{InputEvent, Modifiers};
use crossbeam_channel::Receiver;
use egui_winit::accesskit_winit::WindowEvent as AccessibilityEvent;
use std::sync::Arc;
use std::time::Instant;
use winit::application::ApplicationHandler;
use winit::event::{Ime, KeyEvent, StartCause, WindowEvent};
use winit::event_loop::{ActiveEventLoop, ControlFlow, EventLoopProxy};
use winit::window::WindowId;

/// Everything that the main thread owns.
pub(super) struct App {
    shell: Shell,
    events: Receiver<Event>,
    table: ProcessTable,
    proxy: EventLoopProxy<Wake>,
    mouse: MouseInput,
    modifiers: Modifiers,
    /// Whether the window has the keyboard.
    focused: bool,
    /// What the page was last told about that.
    page_focus: Option<(RendererId, bool)>,
    /// Whether the desktop is dark, once it has said so.
    dark: Option<bool>,
    look: Look,
    failure: Option<WindowError>,
}

impl App {
    pub(super) fn new(browser: Browser, table: ProcessTable, proxy: EventLoopProxy<Wake>, look: Look) -> Self {
        Self {
            events: browser.events(),
            shell: Shell { browser, ui: Ui::new(table.clone()), view: None, pastes: None },
            table,
            proxy,
            mouse: MouseInput::default(),
            modifiers: Modifiers::default(),
            focused: false,
            page_focus: None,
            dark: look.dark.then_some(true),
            look,
            failure: None,
        }
    }

    /// The desktop is dark, or light.
    pub(super) fn set_dark(&mut self, dark: bool) {
        self.dark = Some(dark);
        if let Some(view) = &mut self.shell.view {
            view.set_dark(dark);
        }
    }

    /// Ends every process. Returns what has gone wrong, if anything has.
    pub(super) fn finish(self) -> Result<(), WindowError> {
        let broken = self.shell.browser.failure().map(|why| WindowError::Broken(why.to_owned()));
        self.shell.browser.shutdown();
        self.failure.or(broken).map_or(Ok(()), Err)
    }

    fn fail(&mut self, event_loop: &ActiveEventLoop, error: WindowError) {
        self.failure = Some(error);
        event_loop.exit();
    }

    /// Takes over what the processes have done, and marks what is stale now.
    fn settle(&mut self, event_loop: &ActiveEventLoop) {
        for event in self.events.try_iter() {
            self.shell.browser.handle(event);
        }
        self.tell_page_of_focus();
        self.shell.browser.tick(Instant::now());
        let changes = self.shell.browser.take_changes();
        if changes.ui {
            self.table.note(&self.shell.browser);
        }
        if let Some(view) = &mut self.shell.view {
            if changes.ui {
                view.touch_ui();
            }
            if changes.page {
                view.touch_page();
            }
        }
        self.shell.store(Selection::Clipboard, changes.clipboard);
        self.shell.store(Selection::Primary, changes.primary);
        if self.shell.ui.quits() || self.shell.browser.tabs().is_empty() {
            event_loop.exit();
        }
    }

    /// The page has the keyboard where the window has it and the interface does not.
    fn tell_page_of_focus(&mut self) {
        let Some(renderer) = self.shell.browser.active().and_then(Tab::renderer) else { return };
        let now = Some((renderer, self.focused && !self.shell.ui.has_keyboard()));
        if self.page_focus != now {
            self.page_focus = now;
            self.shell.browser.input(InputEvent::Focus(now.is_some_and(|(_, focused)| focused)));
        }
    }

    fn key(&mut self, event: &WindowEvent, key: &KeyEvent) {
        let in_page = !self.shell.ui.has_keyboard();
        if !in_page && key.state.is_pressed() && self.edit_in_ui(key) {
            return;
        }
        if key.state.is_pressed()
            && let Some(command) = shortcuts::find(&keys::for_shortcut(key), self.modifiers, in_page)
        {
            let also_for_page = command == Command::Stop;
            self.shell.perform(command);
            if !also_for_page {
                return;
            }
        }
        if in_page {
            self.shell.browser.input(InputEvent::Key(keys::for_page(key, self.modifiers)));
            let moves = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown"];
            // Once, when the key comes up, however often it has repeated.
            if !key.state.is_pressed() && self.modifiers.shift && moves.contains(&&*keys::for_shortcut(key)) {
                self.shell.browser.edit(Edit::Selection);
            }
        } else {
            self.shell.tell_ui(event);
        }
    }

    /// The keys that copy and cut, in a field of the interface: egui knows fewer of them. Whether this was one.
    fn edit_in_ui(&mut self, key: &KeyEvent) -> bool {
        let event = match shortcuts::find(&keys::for_shortcut(key), self.modifiers, true) {
            Some(Command::Copy) => egui::Event::Copy,
            Some(Command::Cut) => egui::Event::Cut,
            _ => return false,
        };
        if let Some(view) = &mut self.shell.view {
            view.do_in_ui([event]);
        }
        true
    }

    fn assistive_technology(&mut self, event: AccessibilityEvent) {
        match event {
            AccessibilityEvent::InitialTreeRequested => self.shell.ui.context().enable_accesskit(),
            AccessibilityEvent::AccessibilityDeactivated => self.shell.ui.context().disable_accesskit(),
            AccessibilityEvent::ActionRequested(request) => {
                if let Some(view) = &mut self.shell.view {
                    view.egui.on_accesskit_action_request(request);
                }
            }
        }
        self.shell.touch_ui();
    }

    fn draw(&mut self, event_loop: &ActiveEventLoop) {
        let Some(view) = &mut self.shell.view else { return };
        if let Err(error) = view.draw(&mut self.shell.browser, &mut self.shell.ui, self.mouse.over_page()) {
            return self.fail(event_loop, error.into());
        }
        for (selection, text) in view.take_copied() {
            self.shell.store(selection, Some(text));
        }
    }
}

impl ApplicationHandler<Wake> for App {
    fn new_events(&mut self, event_loop: &ActiveEventLoop, cause: StartCause) {
        let now = Instant::now();
        if let StartCause::ResumeTimeReached { .. } = cause {
            if let Some(view) = &mut self.shell.view {
                view.tick(now, self.shell.browser.active());
            }
            self.shell.give_up(now);
            self.release_held(event_loop);
            self.settle(event_loop);
        }
    }

    fn resumed(&mut self, event_loop: &ActiveEventLoop) {
        if self.shell.view.is_none() {
            match View::open(event_loop, self.shell.ui.context(), self.proxy.clone(), self.look) {
                Ok(view) => self.shell.view = Some(view),
                Err(error) => return self.fail(event_loop, error),
            }
            let proxy = self.proxy.clone();
            let tell = Arc::new(move |answer| proxy.send_event(Wake::Clipboard(answer)).unwrap_or_default());
            self.shell.pastes = Pastes::new(event_loop.owned_display_handle(), tell)
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
                self.shell.pasted(answer);
                self.release_held(event_loop);
            }
        }
        self.settle(event_loop);
    }

    fn window_event(&mut self, event_loop: &ActiveEventLoop, _: WindowId, event: WindowEvent) {
        let event = match &mut self.shell.pastes {
            Some(pastes) => pastes.hold(event, Instant::now()),
            None => Some(event),
        };
        if let Some(event) = event {
            self.handle(event_loop, event);
        }
        self.settle(event_loop);
    }

    fn about_to_wait(&mut self, event_loop: &ActiveEventLoop) {
        let view = self.shell.view.as_ref().and_then(View::deadline);
        let pastes = self.shell.pastes.as_ref().and_then(Pastes::deadline);
        let deadline = [view, pastes, self.shell.browser.deadline()].into_iter().flatten().min();
        event_loop.set_control_flow(deadline.map_or(ControlFlow::Wait, ControlFlow::WaitUntil));
    }

    /// The connection to the display is still there: what uses it goes first.
    fn exiting(&mut self, _: &ActiveEventLoop) {
        self.shell.view = None;
        self.shell.pastes = None;
    }
}

impl App {
    /// Passes on what was held back behind a paste.
    fn release_held(&mut self, event_loop: &ActiveEventLoop) {
        while let Some(event) = self.shell.pastes.as_mut().and_then(|pastes| pastes.release(Instant::now())) {
            self.handle(event_loop, event);
        }
    }

    fn handle(&mut self, event_loop: &ActiveEventLoop, event: WindowEvent) {
        // TOUR frame 1
        match &event {
            WindowEvent::RedrawRequested => self.draw(event_loop),
            WindowEvent::CloseRequested => event_loop.exit(),
            WindowEvent::CursorMoved { position, .. } => {
                let at = position.to_logical::<f32>(self.shell.scale());
                self.mouse.moved(&mut self.shell, &event, egui::pos2(at.x, at.y), self.modifiers);
            }
            WindowEvent::CursorLeft { .. } => self.mouse.left(&mut self.shell, &event),
            WindowEvent::MouseInput { state, button, .. } => {
                self.mouse.button(&mut self.shell, &event, (*state, *button), self.modifiers);
            }
            WindowEvent::MouseWheel { delta, .. } => self.mouse.wheel(&mut self.shell, &event, *delta, self.modifiers),
            // winit makes up key presses when the focus comes and goes. Nobody has pressed these.
            WindowEvent::KeyboardInput { is_synthetic: true, .. } => {}
            WindowEvent::KeyboardInput { event: key, .. } => self.key(&event, key),
            WindowEvent::Ime(ime) if !self.shell.ui.has_keyboard() => {
                if let Ime::Commit(text) = ime {
                    self.shell.browser.input(InputEvent::Text(text.clone()));
                }
            }
            WindowEvent::ModifiersChanged(state) => {
                self.modifiers = keys::modifiers(state.state());
                self.shell.tell_ui(&event);
            }
            WindowEvent::Focused(focused) => {
                self.focused = *focused;
                self.shell.tell_ui(&event);
            }
            WindowEvent::Resized(_) | WindowEvent::Occluded(false) => {
                if let Some(view) = &mut self.shell.view {
                    view.lose_screen();
                }
                self.shell.tell_ui(&event);
            }
            // Whether it is dark, the desktop's portal says, or the command line.
            WindowEvent::Moved(_) | WindowEvent::AxisMotion { .. } | WindowEvent::ThemeChanged(_) => {}
            _ => self.shell.tell_ui(&event),
        }
    }
}
