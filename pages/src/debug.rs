//! Debug URLs: orders to the process of a tab, like Chrome's `chrome://crash`. Real faults in a real renderer.

use bulkhead_broker::internal_pages::DebugAction;
use bulkhead_shared::downlink::Fault;
use url::Url;

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct DebugPage {
    /// `bulkhead://NAME`.
    pub name: &'static str,
    /// What happens.
    pub action: DebugAction,
    /// What happens, as a sentence without its full stop.
    pub explanation: &'static str,
}

/// The table.
pub const DEBUG_PAGES: &[DebugPage] = &[
    row("crash", DebugAction::Fault(Fault::Crash), "Writes through a null pointer: SIGSEGV"),
    row("kill", DebugAction::Kill, "The broker sends the process SIGKILL: no handler runs, nothing is said"),
    row("panic", DebugAction::Fault(Fault::Panic), "A Rust panic, as a bug in the engine would be"),
    row("abort", DebugAction::Fault(Fault::Abort), "Calls abort(3): SIGABRT"),
    row("hang", DebugAction::Fault(Fault::Hang), "An endless loop: the tab stops answering and can be ended"),
    row("oom", DebugAction::Fault(Fault::OutOfMemory), "Allocates until its own limit, not the machine's, is reached"),
    row("stack", DebugAction::Fault(Fault::StackOverflow), "Calls itself until the guard page below the stack"),
    row("flood", DebugAction::Fault(Fault::Flood), "Floods the broker with valid messages and is ended for it"),
    row("garbage", DebugAction::Fault(Fault::Garbage), "Sends a packet that decodes to nothing and is ended for it"),
    row(
        "syscall",
        DebugAction::Fault(Fault::ForbiddenCall),
        "Opens a file by a bare system call: the sandbox stops it",
    ),
    row("uplink", DebugAction::Fault(Fault::CloseUplink), "Closes its own link to the broker and lives on, in vain"),
];

const fn row(name: &'static str, action: DebugAction, explanation: &'static str) -> DebugPage {
    DebugPage { name, action, explanation }
}

/// What this URL orders, if it is a debug URL. [`bulkhead_broker::policy::load`] says who may order it.
#[must_use]
pub fn debug_fault(url: &Url) -> Option<DebugAction> {
    let name = super::site::name(url)?;
    DEBUG_PAGES.iter().find(|page| page.name == name).map(|page| page.action)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ordered(url: &str) -> Option<DebugAction> {
        debug_fault(&Url::parse(url).unwrap())
    }

    #[test]
    fn a_debug_url_orders_its_fault() {
        assert_eq!(ordered("bulkhead://crash"), Some(DebugAction::Fault(Fault::Crash)));
        assert_eq!(ordered("bulkhead://kill/"), Some(DebugAction::Kill));
        assert_eq!(ordered("bulkhead://oom?x#y"), Some(DebugAction::Fault(Fault::OutOfMemory)));
    }

    #[test]
    fn nothing_else_orders_anything() {
        for url in [
            "bulkhead://start",
            "bulkhead://crash/now",
            "https://crash/",
            "file:///crash",
            "bulkhead:crash",
            "about:crash",
        ] {
            assert_eq!(ordered(url), None, "{url}");
        }
    }
}
