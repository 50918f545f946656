//! A siege for `bulkhead://attack`: its report goes on the page as it comes.

use crate::process::{Launch, ReadError, Siege};
use crate::report::{Line, Tried, Verdict};
use bulkhead_pages::{AttackRun, Attempt, Outcome};
use std::io;
use std::path::PathBuf;
use std::thread;

/// Starts a siege by this program, and tells the page what comes of it, on a thread of its own. Whoever drops what it returns ends the
/// siege.
#[must_use]
pub fn show(program: PathBuf, run: AttackRun, confined: bool) -> Box<dyn Send> {
    let siege = Siege::default();
    let (launch, theirs) = (Launch { program, confined, in_depth: false }, siege.clone());
    let started = thread::Builder::new().name("siege-report".to_owned()).spawn(move || {
        let result = follow(&theirs, &launch, &run);
        run.ends(result.map_err(|why| why.to_string()));
    });
    if let Err(error) = started {
        tracing::error!("no attack suite: cannot start a thread: {error}");
    }
    Box::new(Ending(siege))
}

/// Why a page does not show all.
#[derive(Debug, thiserror::Error)]
enum FollowError {
    #[error("{0}")]
    Start(#[from] io::Error),
    #[error("{0}")]
    Read(#[from] ReadError),
}

fn follow(siege: &Siege, launch: &Launch, run: &AttackRun) -> Result<(), FollowError> {
    for line in siege.start(launch)? {
        match line? {
            Line::Begins { attempts, .. } => run.expects(attempts),
            Line::Tried(tried) => run.made(shown(tried)),
            Line::InDepth { .. } | Line::Confined { .. } | Line::Ends(_) | Line::Fails(_) => {}
        }
    }
    Ok(())
}

fn shown(tried: Tried) -> Attempt {
    let outcome = match tried.verdict {
        Verdict::Stopped(_) => Outcome::Stopped,
        Verdict::Untried(_) => Outcome::NotMade,
        Verdict::Attained(_) | Verdict::Unexplained(_) => Outcome::NotStopped,
    };
    Attempt { says: tried.verdict.in_words(), name: tried.name, tries: tried.tries, outcome }
}

/// Ends a siege when it is dropped.
struct Ending(Siege);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.end();
    }
}
