//! Pictures, and what differs between two.

use crate::settings::Fuzzy;
use libtest_mimic::Failed;
use std::fmt;

/// Pixels as `0x00RRGGBB`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Picture {
    pub(crate) pixels: Vec<u32>,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

/// How much two pictures of one size differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Difference {
    /// How many pixels.
    pub(crate) pixels: usize,
    /// By how many levels of a channel at most.
    pub(crate) levels: u8,
}

impl Picture {
    /// Whether it has one colour only.
    pub(crate) fn is_blank(&self) -> bool {
        self.pixels.iter().all(|pixel| *pixel == self.pixels[0])
    }

    /// A picture of what differs: red, on a faint print of this one.
    pub(crate) fn difference_to(&self, other: &Self) -> Self {
        let print = |pixel: u32| {
            let faint = |channel: u8| u32::from(channel / 4 + 191);
            channels(pixel).into_iter().fold(0, |all, channel| all << 8 | faint(channel))
        };
        let pixels = self.pixels.iter().zip(&other.pixels);
        let pixels = pixels.map(|(a, b)| if a == b { print(*a) } else { 0x00ff_0000 }).collect();
        Self { pixels, ..*self }
    }
}

impl Difference {
    pub(crate) fn between(a: &Picture, b: &Picture) -> Self {
        assert_eq!((a.width, a.height, a.pixels.len()), (b.width, b.height, b.pixels.len()), "pictures of one size");
        a.pixels.iter().zip(&b.pixels).filter(|(a, b)| a != b).fold(Self::default(), |so_far, (a, b)| {
            let levels = channels(*a).into_iter().zip(channels(*b)).map(|(a, b)| a.abs_diff(b)).max().unwrap_or(0);
            Self { pixels: so_far.pixels + 1, levels: so_far.levels.max(levels) }
        })
    }

    pub(crate) fn is_within(self, allowed: Fuzzy) -> bool {
        self.pixels <= allowed.pixels && self.levels <= allowed.levels
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} pixels differ, by {} levels at most", self.pixels, self.levels)
    }
}

fn channels(pixel: u32) -> [u8; 3] {
    let [_, red, green, blue] = pixel.to_be_bytes();
    [red, green, blue]
}

/// The comparison itself, on pictures that are known.
pub(crate) fn tells_pictures_apart() -> Result<(), Failed> {
    let picture = |pixels: [u32; 4]| Picture { pixels: pixels.to_vec(), width: 2, height: 2 };
    let (white, dotted) = (picture([0x00ff_ffff; 4]), picture([0x00ff_ffff, 0x00ff_fff0, 0x00ff_ffff, 0x00fe_ffff]));
    assert!(white.is_blank() && !dotted.is_blank());
    assert_eq!(Difference::between(&white, &white), Difference::default());
    let difference = Difference::between(&white, &dotted);
    assert_eq!(difference, Difference { pixels: 2, levels: 15 });
    assert!(difference.is_within(Fuzzy { pixels: 2, levels: 15 }));
    assert!(!difference.is_within(Fuzzy { pixels: 1, levels: 255 }));
    assert!(!difference.is_within(Fuzzy { pixels: 4, levels: 14 }));
    assert_eq!(white.difference_to(&dotted).pixels, [0x00fe_fefe, 0x00ff_0000, 0x00fe_fefe, 0x00ff_0000]);
    Ok(())
}
