//! What each abuse of a link has to be ended for.

use super::Verdict;
use crate::death::Death;
use bulkhead_shared::attempt::LinkAbuse;

/// Names of [`crate::inbox::Violation`]: one, or where it is a race which cap is met first, several.
fn expected(abuse: LinkAbuse) -> &'static [&'static str] {
    match abuse {
        LinkAbuse::ForeignSurface | LinkAbuse::UnknownSurface => &["UnknownSurface"],
        LinkAbuse::UnknownSlot => &["UnknownSlot"],
        LinkAbuse::Replay => &["FrameInFlight", "SlotNotHeld"],
        LinkAbuse::DamageOutside => &["DamageOutside"],
        LinkAbuse::NoNumber => &["BadNumber"],
        LinkAbuse::ForeignNavigation => &["UnknownNavigation"],
        LinkAbuse::UnsentInput => &["UnknownInput"],
        LinkAbuse::UsedRequest => &["RequestReused"],
        LinkAbuse::LongUrl => &["LongUrl"],
        LinkAbuse::BadUrl => &["BadUrl"],
        LinkAbuse::LongTitle => &["LongTitle"],
        LinkAbuse::UnaskedCopy => &["UnaskedCopy"],
        LinkAbuse::NavigationFlood => &["NavigationFlood"],
        LinkAbuse::FetchFlood => &["UplinkNotRead", "TooManyFetches", "Flood"],
        LinkAbuse::Flood => &["Flood"],
        LinkAbuse::ReadyTwice => &["ReadyTwice"],
        LinkAbuse::CompromisedTwice => &["UnaskedAttempt"],
        LinkAbuse::Oversized
        | LinkAbuse::Garbage
        | LinkAbuse::Truncated
        | LinkAbuse::Trailing
        | LinkAbuse::Descriptor
        | LinkAbuse::DescriptorFlood => &["Packet"],
        LinkAbuse::ControlGarbage => &["ControlRecord"],
        LinkAbuse::UnaskedPong => &["UnexpectedPong"],
        // An empty packet is what the end of a link looks like.
        LinkAbuse::Empty | LinkAbuse::CloseControl | LinkAbuse::CloseUplink | LinkAbuse::HalfClose => &["ClosedLink"],
        LinkAbuse::DownlinkNotRead => &["DownlinkNotRead"],
        LinkAbuse::UplinkNotRead => &["UplinkNotRead"],
    }
}

/// How an abuse went.
pub(super) fn judge(abuse: LinkAbuse, death: &Death, hung: bool) -> Verdict {
    match death {
        Death::Violation(violation) if expected(abuse).contains(&violation.name().as_str()) => {
            Verdict::Stopped(format!("inbox: {}", violation.name()))
        }
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
        assert_eq!(judge(LinkAbuse::Flood, &flood, false), Verdict::Stopped("inbox: Flood".to_owned()));
        assert!(judge(LinkAbuse::Garbage, &flood, false).is_breach());
        let killed = Death::Signalled { signal: libc::SIGKILL, address: None };
        assert_eq!(judge(LinkAbuse::Flood, &killed, true), Verdict::Attained("nobody minded".to_owned()));
        assert!(judge(LinkAbuse::Flood, &killed, false).is_breach());
    }
}
