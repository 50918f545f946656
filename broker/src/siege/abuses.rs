//! What each abuse has to be ended for.

use super::Verdict;
use crate::death::Death;
use crate::memory::Exhausted;
use bulkhead_shared::attempt::Abuse;

/// Names of [`crate::inbox::Violation`]: one, or where it is a race which cap is met first, several.
fn expected(abuse: Abuse) -> &'static [&'static str] {
    match abuse {
        Abuse::ForeignSurface | Abuse::UnknownSurface => &["UnknownSurface"],
        Abuse::UnknownSlot => &["UnknownSlot"],
        Abuse::Replay => &["FrameInFlight", "SlotNotHeld"],
        Abuse::DamageOutside => &["DamageOutside"],
        Abuse::NoNumber => &["BadNumber"],
        Abuse::ForeignNavigation => &["UnknownNavigation"],
        Abuse::UnsentInput => &["UnknownInput"],
        Abuse::UsedRequest => &["RequestReused"],
        Abuse::LongUrl => &["LongUrl"],
        Abuse::LongTitle => &["LongTitle"],
        Abuse::UnaskedCopy => &["UnaskedCopy"],
        Abuse::NavigationFlood => &["NavigationFlood"],
        Abuse::FetchFlood => &["TooManyFetches"],
        Abuse::Flood => &["Flood"],
        Abuse::ReadyTwice => &["ReadyTwice"],
        Abuse::CompromisedTwice => &["UnaskedAttempt"],
        Abuse::Oversized
        | Abuse::Garbage
        | Abuse::Truncated
        | Abuse::Trailing
        | Abuse::Descriptor
        | Abuse::DescriptorFlood => &["Packet"],
        Abuse::ControlGarbage => &["ControlRecord"],
        Abuse::UnaskedPong => &["UnexpectedPong"],
        // An empty packet is what the end of a link looks like.
        Abuse::Empty | Abuse::CloseControl | Abuse::CloseUplink | Abuse::HalfClose => &["ClosedLink"],
        Abuse::EndlessLastWords => &["EndlessLastWords"],
        // It breaks no rule of a link.
        Abuse::Hoard => &[],
    }
}

/// How an abuse went.
pub(super) fn judge(abuse: Abuse, death: &Death, hung: bool) -> Verdict {
    match death {
        Death::Violation(violation) if expected(abuse).contains(&violation.name().as_str()) => {
            Verdict::Stopped(format!("inbox: {}", violation.name()))
        }
        Death::OutOfMemory(exhausted) if abuse == Abuse::Hoard => Verdict::Stopped(
            match exhausted {
                Exhausted::Limit => "limits",
                Exhausted::Tab { .. } | Exhausted::All { .. } => "memory budget",
                Exhausted::Cgroup => "cgroup",
            }
            .to_owned(),
        ),
        // Not every abuse gets as far as the link.
        Death::Sandbox { .. } => Verdict::Stopped("seccomp".to_owned()),
        _ if hung => Verdict::Attained("nobody minded".to_owned()),
        death => Verdict::Unexplained(death.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inbox::Violation;

    #[test]
    fn only_what_it_is_to_be_ended_for_has_stopped_an_abuse() {
        let flood = Death::Violation(Violation::Flood);
        assert_eq!(judge(Abuse::Flood, &flood, false), Verdict::Stopped("inbox: Flood".to_owned()));
        assert!(judge(Abuse::Garbage, &flood, false).is_breach());
        let budget = Death::OutOfMemory(Exhausted::Tab { used: 2, allowed: 1 });
        assert_eq!(judge(Abuse::Hoard, &budget, false), Verdict::Stopped("memory budget".to_owned()));
        assert!(judge(Abuse::Garbage, &budget, false).is_breach());
        let killed = Death::Signalled { signal: libc::SIGKILL, address: None };
        assert_eq!(judge(Abuse::Flood, &killed, true), Verdict::Attained("nobody minded".to_owned()));
        assert!(judge(Abuse::Flood, &killed, false).is_breach());
    }
}
