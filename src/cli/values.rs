//! What may stand behind the flags.

use bulkhead_ui::address::{self, Surroundings};
use clap::CommandFactory;
use std::path::Path;
use std::time::Duration;
use url::Url;

/// A day; nobody waits longer for a page.
const LONGEST: Duration = Duration::from_secs(86_400);

/// A page. What is a subcommand where it comes first is none, unless there is a file of that name.
pub(super) fn url(text: &str) -> Result<Url, String> {
    if super::Cli::command().find_subcommand(text).is_some() && !Path::new(text).exists() {
        return Err(format!("flags do not go before a subcommand; a page of this name is bulkhead://{text}"));
    }
    address::argument(text, &Surroundings::of_process(), &bulkhead_pages::Names).map_err(|error| error.to_string())
}

pub(super) fn mebibytes(text: &str) -> Result<u64, String> {
    let bytes = text.parse::<u64>().ok().filter(|size| *size > 0).and_then(|size| size.checked_mul(1 << 20));
    bytes.ok_or_else(|| "expected a number of MiB above 0".to_owned())
}

pub(super) fn size(text: &str) -> Result<(u32, u32), String> {
    let parse = |side: &str| side.trim().parse().ok().filter(|side| (1..=16_384).contains(side));
    text.split_once([',', 'x'])
        .and_then(|(width, height)| Some((parse(width)?, parse(height)?)))
        .ok_or_else(|| "expected WIDTH,HEIGHT, each from 1 to 16384".to_owned())
}

pub(super) fn scale(text: &str) -> Result<f32, String> {
    text.parse().ok().filter(|scale| (0.25..=8.0).contains(scale)).ok_or_else(|| "expected 0.25 to 8".to_owned())
}

/// Seconds, or milliseconds where it says so.
pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let (number, unit) = match text.strip_suffix("ms") {
        Some(number) => (number, 1e-3),
        None => (text.strip_suffix('s').unwrap_or(text), 1.0),
    };
    let seconds = number.parse().ok().filter(|number: &f64| *number > 0.0 && number * unit <= LONGEST.as_secs_f64());
    seconds
        .map(|number| Duration::from_secs_f64(number * unit))
        .ok_or_else(|| "expected a number of seconds above 0, such as 20 or 500ms".to_owned())
}

/// Milliseconds, as Chromium has them.
pub(super) fn milliseconds(text: &str) -> Result<Duration, String> {
    let time = text.parse().ok().map(Duration::from_millis).filter(|time| *time <= LONGEST);
    time.ok_or_else(|| "expected a number of milliseconds".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_seconds_unless_they_say_otherwise() {
        assert_eq!(seconds("20"), Ok(Duration::from_secs(20)));
        assert_eq!(seconds("0.5s"), Ok(Duration::from_millis(500)));
        assert_eq!(seconds("500ms"), Ok(Duration::from_millis(500)));
        for wrong in ["", "0", "-1", "never", "ms", "nan", "inf", "86401", "1h"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn sizes_and_scales_that_nothing_can_be_drawn_in_are_refused() {
        assert_eq!(size("800,600"), Ok((800, 600)));
        assert_eq!(size("800x600"), Ok((800, 600)));
        for wrong in ["0,1", "1,16385", "800", "a,b", "-1,1"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
        for wrong in ["0", "nan", "inf", "9", "-1"] {
            assert!(scale(wrong).is_err(), "{wrong}");
        }
    }
}
