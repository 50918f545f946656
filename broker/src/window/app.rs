//! The event loop's handler: every event of the desktop and of the I/O thread comes through here, and goes to the
//! interface, to the page on display, or to both.

use super::pointer::{self, Mouse, Owner};
use super::view::View;
use super::{Look, Wake, WindowError, keys};
use crate::browser::{Browser, Tab};
use crate::events::Event;
use crate::process_table::ProcessTable;
use crate::ui::{Command, Ui, shortcuts};
use bulkhead_shared::downlink::Edit;
use bulkhead_shared::ids::RendererId;
use bulkhead_shared::input::{Button, InputEvent, Modifiers, WheelUnit};
use crossbeam_channel::Receiver;
use egui_winit::accesskit_winit::WindowEvent as AccessibilityEvent;
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
        // The window first: it is not to stand there while the processes end.
        drop(self.view);
        self.browser.shutdown();
        self.failure.map_or(Ok(()), Err)
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
            if let Some(text) = changes.clipboard {
                view.egui.set_clipboard_text(text);
            }
        }
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
            if let Some(text) = self.view.as_mut().and_then(|view| view.egui.clipboard_text()) {
                self.browser.edit(Edit::Paste(text));
            }
        } else {
            self.ui.perform(&mut self.browser, command);
        }
        self.touch_ui();
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
            Owner::Page => {
                if pressed && self.ui.has_keyboard() {
                    self.ui.release_keyboard();
                    self.touch_ui();
                }
                let pointer = self.page_pointer(name);
                self.browser.input(match pressed {
                    true => InputEvent::PointerDown(pointer),
                    false => InputEvent::PointerUp(pointer),
                });
            }
            Owner::Ui => self.tell_ui(event),
            Owner::Nobody => {}
        }
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
        } else {
            self.tell_ui(event);
        }
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
            self.fail(event_loop, error.into());
        }
    }
}

impl ApplicationHandler<Wake> for App {
    fn new_events(&mut self, _: &ActiveEventLoop, cause: StartCause) {
        if let (StartCause::ResumeTimeReached { .. }, Some(view)) = (cause, &mut self.view) {
            view.tick(Instant::now(), self.browser.active());
        }
    }

    fn resumed(&mut self, event_loop: &ActiveEventLoop) {
        if self.view.is_none() {
            match View::open(event_loop, self.ui.context(), self.proxy.clone(), self.look) {
                Ok(view) => self.view = Some(view),
                Err(error) => return self.fail(event_loop, error),
            }
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
        }
        self.settle(event_loop);
    }

    fn window_event(&mut self, event_loop: &ActiveEventLoop, _: WindowId, event: WindowEvent) {
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
        self.settle(event_loop);
    }

    fn about_to_wait(&mut self, event_loop: &ActiveEventLoop) {
        let deadline = self.view.as_ref().and_then(View::deadline);
        event_loop.set_control_flow(deadline.map_or(ControlFlow::Wait, ControlFlow::WaitUntil));
    }
}
