//! The processes of the attack suite: the siege itself, and the zygote of the browser that it starts.

use crate::cli::{self, Cli};
use bulkhead_broker::browser::Isolation;
use bulkhead_renderer::Confined;
use bulkhead_siege::{BYSTANDER, hostile, run::besiege};
use std::io;

/// Makes every attempt, and reports on standard output.
pub(crate) fn run(arguments: &Cli) -> anyhow::Result<()> {
    // For `ps`; it matters to nobody else.
    let _ = nix::sys::prctl::set_name(c"bh-siege");
    let isolation = Isolation { zygote: "siege-zygote", sandbox: !arguments.no_sandbox, ..cli::confining() };
    Ok(besiege(isolation, arguments.in_depth, io::stdout())?)
}

/// Is the zygote, whose first tab's renderers show pages, and all others are hostile.
pub(crate) fn zygote(arguments: &Cli) -> anyhow::Result<()> {
    hostile::remember_environment();
    crate::zygote(arguments, |confined| {
        if confined.tab == BYSTANDER {
            confined.show_pages()
        }
        let Confined { report, ends, .. } = confined;
        hostile::live(report, ends)
    })
}
