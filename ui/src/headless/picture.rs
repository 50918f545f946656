//! Pixels as PNG.

use std::io;

/// `width * height` pixels of `0x00RRGGBB`, as the bytes of a PNG file.
///
/// # Errors
/// What the encoder says of a picture that is no such.
pub fn encode_png(pixels: &[u32], width: u32, height: u32) -> io::Result<Vec<u8>> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let bytes: Vec<u8> = pixels.iter().flat_map(|pixel| pixel.to_be_bytes().into_iter().skip(1)).collect();
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&bytes)?;
    writer.finish()?;
    Ok(file)
}
