//! Pixels to a PNG file.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;

/// Writes `width * height` pixels of `0x00RRGGBB` as a PNG file, which is there whole or not at all.
///
/// # Errors
/// What creating or writing the file says.
pub fn write_png(path: &Path, pixels: &[u32], width: u32, height: u32) -> io::Result<()> {
    let part = path.with_extension("png.part");
    let written = encode(&part, pixels, width, height).and_then(|()| std::fs::rename(&part, path));
    if written.is_err() {
        // The reason is on its way to the user already.
        let _ = std::fs::remove_file(&part);
    }
    written
}

fn encode(path: &Path, pixels: &[u32], width: u32, height: u32) -> io::Result<()> {
    let mut encoder = png::Encoder::new(BufWriter::new(File::create(path)?), width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let bytes: Vec<u8> = pixels.iter().flat_map(|pixel| pixel.to_be_bytes().into_iter().skip(1)).collect();
    encoder.write_header()?.write_image_data(&bytes)?;
    Ok(())
}
