//! A limit on images, checked before any is decoded: a picture of a few kilobytes can claim 30,000 pixels a side, and its
//! decoder would take gigabytes.

use image::ImageReader;
use std::io::Cursor;

/// Pixels in one image: 64 million, a quarter of a gigabyte when decoded. Chromium draws the line at 2^28 bytes as well.
pub(crate) const PIXELS: u64 = 1 << 26;

/// Pixels on a side: `vello_cpu` counts them with `u16`.
pub(crate) const SIDE: u32 = u16::MAX as u32;

/// An image beyond the limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an image of {width} by {height} pixels is too large")]
pub(crate) struct TooLarge {
    /// Pixels.
    pub(crate) width: u32,
    /// Pixels.
    pub(crate) height: u32,
}

/// Refuses an image that is too large. Whatever is no image that the engine decodes passes: it is none of this module's
/// business.
pub(crate) fn check_size(bytes: &[u8]) -> Result<(), TooLarge> {
    match dimensions(bytes) {
        Some((width, height)) if width > SIDE || height > SIDE || u64::from(width) * u64::from(height) > PIXELS => {
            Err(TooLarge { width, height })
        }
        _ => Ok(()),
    }
}

/// Width and height as an image's header says.
pub(crate) fn dimensions(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().ok()?;
    reader.format()?;
    // The decoders' own limits would hide what the header says.
    reader.no_limits();
    reader.into_dimensions().ok()
}

/// Whether the engine will be able to show it: decodes all of it.
pub(crate) fn decodes(bytes: &[u8]) -> bool {
    ImageReader::new(Cursor::new(bytes)).with_guessed_format().is_ok_and(|reader| reader.decode().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The beginning of a PNG, which is all that is looked at.
    fn png_header(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        png::Encoder::new(&mut bytes, width, height).write_header().unwrap();
        // Signature and header, and then the beginning of the pixels.
        bytes.truncate(8 + 25);
        bytes.extend(b"\0\0\0\0IDAT\x35\xaf\x06\x1e");
        bytes
    }

    #[test]
    fn a_claim_of_gigabytes_is_refused_by_its_header() {
        let huge = png_header(30_000, 30_000);
        assert_eq!(check_size(&huge), Err(TooLarge { width: 30_000, height: 30_000 }));
        assert_eq!(check_size(&png_header(70_000, 1)), Err(TooLarge { width: 70_000, height: 1 }));
        assert_eq!(check_size(&png_header(8192, 8192)), Ok(()));
    }

    #[test]
    fn what_is_no_image_passes() {
        assert_eq!(check_size(b"body { color: red }"), Ok(()));
        assert_eq!(check_size(b""), Ok(()));
        assert!(!decodes(b"body { color: red }"));
    }
}
