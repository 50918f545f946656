//! How many device pixels a point has. The number comes from the user's environment, from the display's settings, or from a
//! screen that lies about its size in millimetres; so it is bounded wherever it enters.

use super::x11::{self, Resolution};
use std::ffi::OsStr;

/// winit's variable for X11: a number, or "randr" for the screen's own size. winit panics at any other value.
const OVERRIDE: &str = "WINIT_X11_SCALE_FACTOR";

/// The scales that a window can have, as for `--force-device-scale-factor`.
const SCALES: std::ops::RangeInclusive<f64> = 0.25..=8.0;

/// Whether a window can have this scale.
pub(super) fn is_sane(scale: f64) -> bool {
    SCALES.contains(&scale)
}

/// The scale, if a window can have it; otherwise the nearest, or 1 for what is no number.
fn sane(scale: f64) -> f64 {
    if scale.is_finite() { scale.clamp(*SCALES.start(), *SCALES.end()) } else { 1.0 }
}

/// The resolution of scale 1.
const POINTS_PER_INCH: f64 = 96.0;

/// The scale of a window: the one that the user forces upon it, or the screen's.
pub(super) fn of(screen: f64, forced: Option<f32>) -> f64 {
    sane(forced.map_or(screen, f64::from))
}

/// Takes from the environment a scale at which winit would panic, or a window would have no pixels, and says so. The same of
/// the resolution of fonts that an X server's desktop has set, which winit makes the scale of.
#[expect(unsafe_code, reason = "the environment belongs to the whole process")]
pub(super) fn correct_environment(x11: bool) {
    let mut set = std::env::var_os(OVERRIDE).filter(|value| !value.is_empty());
    if let Some(value) = set.take_if(|value| !is_usable(value)) {
        tracing::error!("{OVERRIDE}={} is ignored: expected 0.25 to 8, or randr", value.display());
        // SAFETY: no other thread reads the environment: `window::run` calls this before it connects to the display, and no
        // thread of this process is started before that.
        unsafe { std::env::remove_var(OVERRIDE) };
    }
    if !x11 || set.is_some() {
        return;
    }
    let resolutions = x11::font_resolutions();
    let Some((nonsense, other)) = correction(&resolutions) else { return };
    let (name, dots) = (nonsense.name, nonsense.dots);
    tracing::error!("the {name} of {dots} dots per inch is ignored: expected 24 to 768");
    // SAFETY: as above.
    unsafe { std::env::set_var(OVERRIDE, other) };
}

/// The resolution that winit would use and must not, if there is one, and what its variable is to say instead: the scale of the
/// next that makes sense, or the screen's own size.
fn correction(resolutions: &[Resolution]) -> Option<(Resolution, String)> {
    let scale = |resolution: &Resolution| resolution.dots / POINTS_PER_INCH;
    let first = resolutions.first().filter(|first| !is_sane(scale(first)))?;
    let other = resolutions.iter().map(scale).find(|scale| is_sane(*scale));
    Some((*first, other.map_or_else(|| "randr".to_owned(), |scale| scale.to_string())))
}

fn is_usable(value: &OsStr) -> bool {
    let Some(value) = value.to_str() else { return false };
    let number = value.parse::<f64>().is_ok_and(|scale| SCALES.contains(&scale));
    value.eq_ignore_ascii_case("randr") || number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scale_is_one_that_a_window_can_have() {
        assert_eq!(sane(1.5), 1.5);
        assert_eq!((sane(0.0), sane(-1.0), sane(1e9)), (0.25, 0.25, 8.0));
        assert_eq!((sane(f64::NAN), sane(f64::INFINITY), sane(f64::NEG_INFINITY)), (1.0, 1.0, 1.0));
    }

    #[test]
    fn a_resolution_that_makes_no_sense_gives_way_to_the_next_or_to_the_screen_s() {
        let of = |dots: &[f64]| {
            let resolutions: Vec<_> = dots.iter().map(|dots| Resolution { name: "test", dots: *dots }).collect();
            correction(&resolutions).map(|(_, scale)| scale)
        };
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[192.0, -1.0]), None, "only the first is used");
        assert_eq!(of(&[-1.0, 192.0]), Some("2".to_owned()));
        for nonsense in [-1.0, 0.0, 1e9, f64::NAN] {
            assert_eq!(of(&[nonsense]), Some("randr".to_owned()));
        }
    }

    #[test]
    fn what_winit_would_panic_at_is_not_left_in_the_environment() {
        for value in ["randr", "RANDR", "1", "1.5", "0.25", "8"] {
            assert!(is_usable(value.as_ref()), "{value}");
        }
        for value in ["nan", "NaN", "0", "-1", "inf", "-inf", "1e9", "1e-9", "two", " 1", "0.0"] {
            assert!(!is_usable(value.as_ref()), "{value}");
        }
    }
}
