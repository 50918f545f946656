//! The renderer's event loop: one thread, one poll(2), every input a variant of [`Event`].
//!
//! Contract:
//! - what came up the uplink is handled before any command that was sent after it: the broker grants a surface before it sends
//!   the command that needs it, over another socket;
//! - of documents that queue up, only the newest is opened;
//! - what was read is acknowledged, since the broker holds back what a renderer has no time for;
//! - no more is said at once than the broker takes for honest ([`crate::pace`]);
//! - of pointer moves and wheel turns that queue up, only the sum is handled;
//! - at most one frame is drawn for all that was there at once;
//! - end-of-file on any link ends the process, with exit code 0: the broker is gone, or has given this renderer up;
//! - an idle page waits without a timeout.

use crate::engine::Engine;
use crate::pace::Pace;
use crate::process::exit;
use crate::renderer::Renderer;
use bulkhead_sandbox::Report;
use bulkhead_shared::control::{Down, RECORD_BYTES, Up};
use bulkhead_shared::downlink::ToRenderer;
use bulkhead_shared::packet::{PacketSocket, RecvError, SendError};
use bulkhead_shared::uplink::{FromRenderer, Grant};
use ipc_channel::TryRecvError;
use ipc_channel::ipc::IpcReceiver;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::cell::RefCell;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd, RawFd};
use std::time::{Duration, Instant};

/// Commands taken at once before a frame is drawn: a flood of them cannot keep the loop from drawing.
const BATCH: usize = 256;

/// Everything that can happen to a renderer.
#[derive(Debug)]
pub(crate) enum Event {
    /// On the control pipe.
    Control(Down),
    /// On the uplink, with the descriptor that came along.
    Grant(Grant, Option<OwnedFd>),
    /// On the downlink.
    Command(ToRenderer),
    /// An animation's next picture is due.
    Tick,
}

/// A renderer's ends of its links.
pub(crate) struct Links {
    pub(crate) uplink: PacketSocket,
    pub(crate) control_read: OwnedFd,
    pub(crate) control_write: OwnedFd,
    pub(crate) downlink: IpcReceiver<ToRenderer>,
    /// The downlink's descriptor, which `downlink` owns.
    pub(crate) downlink_fd: RawFd,
    /// Nobody else holds it while it is used.
    pub(crate) pace: RefCell<Pace>,
}

/// Is a renderer until a link closes.
pub(crate) fn run(links: Links, engine: Engine, sandbox: Report) -> ! {
    // TOUR frame 6
    let mut renderer = Renderer::new(links, engine);
    renderer.links.say(&FromRenderer::Ready { sandbox });
    let mut commands = Vec::new();
    let mut taken = false;
    loop {
        let deadline = renderer.next_tick();
        let ready = renderer.links.wait(deadline);
        if ready.control {
            let down = renderer.links.control();
            renderer.handle(Event::Control(down));
        }
        if ready.commands {
            renderer.links.take_commands(&mut commands);
        }
        // After the commands were taken, and before they are handled: whatever was granted before them is here by now.
        let mut document = None;
        while let Some((grant, fd)) = renderer.links.grant() {
            match grant {
                Grant::Document(_) => document = Some((grant, fd)),
                grant => renderer.handle(Event::Grant(grant, fd)),
            }
            taken = true;
        }
        if std::mem::take(&mut taken) {
            renderer.links.say(&FromRenderer::Taken);
        }
        if let Some((grant, fd)) = document {
            renderer.handle(Event::Grant(grant, fd));
        }
        for command in commands.drain(..) {
            renderer.handle(Event::Command(command));
        }
        if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
            renderer.handle(Event::Tick);
        }
        renderer.settle();
    }
}

/// Which links have something to read.
struct Ready {
    control: bool,
    commands: bool,
}

impl Links {
    /// Sends up the uplink, as soon as that is no flood; waits for room if there is none.
    pub(crate) fn say(&self, message: &FromRenderer) {
        let delay = self.pace.borrow_mut().delay(Instant::now());
        if !delay.is_zero() {
            let _ = poll(&mut [], timeout_of(delay));
        }
        let bytes = self.say_at_once(message);
        self.pace.borrow_mut().sent(bytes);
    }

    /// Sends up the uplink without regard to what is a flood: for faults. Returns the packet's length.
    pub(crate) fn say_at_once(&self, message: &FromRenderer) -> usize {
        loop {
            match self.uplink.send_counted(message, &[]) {
                Ok(bytes) => return bytes,
                Err(SendError::Full) => self.wait_for_room(),
                Err(SendError::Closed) => exit::now(exit::DONE),
                // Every text in a message was cut to its limit before, so this is a mistake of ours.
                Err(error) => panic!("uplink: {error}"),
            }
        }
    }

    /// Waits until the broker has read some of the uplink. It may be as slow as it likes; if it dies, the socket tells.
    pub(crate) fn wait_for_room(&self) {
        let _ = poll(&mut [PollFd::new(self.uplink.as_fd(), PollFlags::POLLOUT)], PollTimeout::NONE);
    }

    /// Waits for something to read, or the deadline.
    fn wait(&self, deadline: Option<Instant>) -> Ready {
        let timeout = match deadline {
            None => PollTimeout::NONE,
            Some(deadline) => timeout_of(deadline.saturating_duration_since(Instant::now())),
        };
        let mut fds = [
            PollFd::new(self.control_read.as_fd(), PollFlags::POLLIN),
            PollFd::new(self.uplink.as_fd(), PollFlags::POLLIN),
            PollFd::new(self.downlink_fd(), PollFlags::POLLIN),
        ];
        match poll(&mut fds, timeout) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(errno) => panic!("poll: {errno}"),
        }
        let [control, _, commands] = fds.map(|fd| fd.any().unwrap_or(false));
        Ready { control, commands }
    }

    #[expect(unsafe_code, reason = "`ipc-channel` does not lend its receiver's descriptor")]
    fn downlink_fd(&self) -> BorrowedFd<'_> {
        // SAFETY: the zygote has determined this number when the kernel made the descriptor; `self.downlink` owns it and
        // lives as long as the borrow of `self`.
        unsafe { BorrowedFd::borrow_raw(self.downlink_fd) }
    }

    /// Reads one record: whole, since writes of one are atomic.
    pub(crate) fn control(&self) -> Down {
        let mut record = [0; RECORD_BYTES];
        match nix::unistd::read(&self.control_read, &mut record) {
            Ok(RECORD_BYTES) => {}
            Ok(_) => exit::now(exit::DONE),
            Err(errno) => panic!("control pipe: {errno}"),
        }
        Down::decode(&record).unwrap_or_else(|error| panic!("control pipe: {error}"))
    }

    /// Answers a ping.
    pub(crate) fn pong(&self, number: u32) {
        let _ = nix::unistd::write(&self.control_write, &Up::pong(number));
    }

    /// The next grant, if one is there.
    fn grant(&self) -> Option<(Grant, Option<OwnedFd>)> {
        match self.uplink.recv_with_descriptors::<Grant>() {
            Ok(mut packet) => Some((packet.message, packet.descriptors.pop())),
            Err(RecvError::Empty) => None,
            Err(RecvError::Closed) => exit::now(exit::DONE),
            Err(error) => panic!("uplink: {error}"),
        }
    }

    /// Appends the commands that are there, those merged that may be.
    fn take_commands(&self, commands: &mut Vec<ToRenderer>) {
        for _ in 0..BATCH {
            match self.downlink.try_recv() {
                Ok(command) => push_or_merge(commands, command),
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::IpcError(ipc_channel::IpcError::Disconnected)) => exit::now(exit::DONE),
                Err(TryRecvError::IpcError(error)) => panic!("downlink: {error}"),
            }
        }
    }
}

/// Rounded up: waking a fraction of a millisecond early would spin.
fn timeout_of(left: Duration) -> PollTimeout {
    PollTimeout::try_from((left + Duration::from_micros(999)).as_millis()).unwrap_or(PollTimeout::MAX)
}

/// Appends a command, or adds an input event to the one before it ([`bulkhead_shared::input::InputEvent::absorb`]).
fn push_or_merge(commands: &mut Vec<ToRenderer>, next: ToRenderer) {
    if let (Some(ToRenderer::Input { seq: last_seq, event: last }), ToRenderer::Input { seq, event }) =
        (commands.last_mut(), &next)
        && last.absorb(event)
    {
        *last_seq = *seq;
        return;
    }
    commands.push(next);
}

#[cfg(test)]
mod tests {
    use super::*;
    use bulkhead_shared::ids::InputSeq;
    use bulkhead_shared::input::{InputEvent, Pointer, WheelUnit};

    fn input(seq: u32, event: InputEvent) -> ToRenderer {
        ToRenderer::Input { seq: InputSeq(seq), event }
    }

    fn at(x: f32) -> Pointer {
        Pointer { x, ..Pointer::default() }
    }

    fn wheel(dy: f32, unit: WheelUnit) -> InputEvent {
        InputEvent::Wheel { pointer: at(0.0), dx: 0.0, dy, unit }
    }

    fn merged(commands: Vec<ToRenderer>) -> Vec<ToRenderer> {
        let mut result = Vec::new();
        commands.into_iter().for_each(|command| push_or_merge(&mut result, command));
        result
    }

    #[test]
    fn of_pointer_moves_in_a_row_the_last_counts() {
        let moves = (1..=3).map(|n| input(n, InputEvent::PointerMove(at(n as f32)))).collect();
        assert_eq!(merged(moves), [input(3, InputEvent::PointerMove(at(3.0)))]);
    }

    #[test]
    fn turns_of_the_wheel_add_up_in_one_unit() {
        let turns = vec![
            input(1, wheel(1.0, WheelUnit::Lines)),
            input(2, wheel(2.0, WheelUnit::Lines)),
            input(3, wheel(4.0, WheelUnit::Pixels)),
        ];
        let sums = [input(2, wheel(3.0, WheelUnit::Lines)), input(3, wheel(4.0, WheelUnit::Pixels))];
        assert_eq!(merged(turns), sums);
    }

    #[test]
    fn a_click_between_two_moves_keeps_its_place() {
        let events = vec![
            input(1, InputEvent::PointerMove(at(1.0))),
            input(2, InputEvent::PointerDown(at(1.0))),
            input(3, InputEvent::PointerMove(at(2.0))),
        ];
        assert_eq!(merged(events.clone()), events);
    }
}
