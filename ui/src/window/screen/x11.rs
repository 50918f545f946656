//! A window of X11, over a connection of its own that is Rust alone.
//!
//! The window's pixels are one buffer. Where the X server takes a descriptor (MIT-SHM 1.2) it reads the changed rectangles from
//! the buffer itself; otherwise they are sent, in strips of at most the largest request that the server takes. `softbuffer`
//! sends the whole window in one request, which fails for large ones, and takes its shared memory from `/dev/shm` without
//! asking whether there is enough.

use super::DrawError;
use bulkhead_broker::frames::Canvas;
use bulkhead_shared::reserved;
use bulkhead_shared::uplink::Rect;
use memmap2::{MmapMut, MmapOptions};
use std::mem::ManuallyDrop;
use x11rb::connection::{Connection, RequestConnection, SequenceNumber};
use x11rb::cookie::Cookie;
use x11rb::errors::{ConnectionError, ReplyError, ReplyOrIdError};
use x11rb::protocol::Event;
use x11rb::protocol::shm::{self, ConnectionExt as _};
use x11rb::protocol::xproto::{
    ConnectionExt as _, CreateGCAux, Gcontext, GetInputFocusReply, ImageFormat, ImageOrder, VisualClass, Window,
};
use x11rb::rust_connection::RustConnection;

/// Bytes of a request that are not pixels, at most.
const HEADER: usize = 64;

/// The order of the bytes of a pixel in this process.
const OURS: ImageOrder = if cfg!(target_endian = "little") { ImageOrder::LSB_FIRST } else { ImageOrder::MSB_FIRST };

/// What a window is drawn to.
#[derive(Debug)]
pub(crate) struct Screen {
    connection: RustConnection,
    window: Window,
    context: Gcontext,
    depth: u8,
    size: (u32, u32),
    pixels: Pixels,
    /// A request after the last drawing: once it is answered, the server has read the pixels.
    drawing: Option<SequenceNumber>,
}

/// The window's pixels.
#[derive(Debug)]
enum Pixels {
    /// In memory that the server has mapped, too.
    Shared(Segment),
    /// In this process alone.
    Own(Vec<u32>),
}

#[derive(Debug)]
struct Segment {
    map: MmapMut,
    name: shm::Seg,
}

impl Screen {
    pub(super) fn new(window: Window) -> Result<Self, DrawError> {
        let (connection, _) = RustConnection::connect(None)?;
        let geometry = connection.get_geometry(window)?.reply()?;
        let visual = connection.get_window_attributes(window)?.reply()?.visual;
        if !is_supported(&connection, geometry.depth, visual) {
            return Err(DrawError::Visual);
        }
        let context = connection.generate_id()?;
        connection.create_gc(context, window, &CreateGCAux::new().graphics_exposures(0))?.check()?;
        let (depth, pixels) = (geometry.depth, Pixels::Own(Vec::new()));
        Ok(Self { connection, window, context, depth, size: (0, 0), pixels, drawing: None })
    }

    pub(super) fn present(
        &mut self,
        whole: Rect,
        mut damage: Vec<Rect>,
        paint: &mut dyn FnMut(&mut Canvas<'_>, Rect),
    ) -> Result<(), DrawError> {
        self.report_errors()?;
        self.wait_until_drawn()?;
        if self.size != (whole.width, whole.height) {
            self.resize(whole.width, whole.height)?;
            damage = vec![whole];
        }
        let (width, height) = (self.size.0 as usize, self.size.1 as usize);
        let mut canvas = Canvas { pixels: self.pixels.all(), width, height };
        for part in &damage {
            paint(&mut canvas, *part);
        }
        for part in damage {
            self.draw(part)?;
        }
        // The cookie would give the answer up when it is dropped. A new one takes its place, in the next call.
        self.drawing = Some(ManuallyDrop::new(self.connection.get_input_focus()?).sequence_number());
        Ok(self.connection.flush()?)
    }

    fn resize(&mut self, width: u32, height: u32) -> Result<(), DrawError> {
        // Until the new buffer is there, none is: should it fail, the next drawing begins here again.
        self.size = (0, 0);
        if let Pixels::Shared(segment) = std::mem::replace(&mut self.pixels, Pixels::Own(Vec::new())) {
            self.connection.shm_detach(segment.name)?;
        }
        let length = width as usize * height as usize;
        self.pixels = match self.share(length * 4) {
            Ok(segment) => Pixels::Shared(segment),
            Err(why) => {
                tracing::info!(why, "the window's pixels are sent to the X server");
                Pixels::Own(vec![0; length])
            }
        };
        self.size = (width, height);
        Ok(())
    }

    /// Memory for the pixels that the server maps. Why there is none, otherwise: it is far away, or there is no memory.
    #[expect(unsafe_code, reason = "a mapping that the X server reads")]
    fn share(&self, bytes: usize) -> Result<Segment, String> {
        if self.connection.setup().image_byte_order != OURS {
            return Err("its bytes are in another order".to_owned());
        }
        let memory = reserved::memory(c"bulkhead-window", bytes as u64).map_err(|error| error.to_string())?;
        // SAFETY: the memory is sealed against shrinking and growing, and reserved, so that access cannot fault. Only the X
        // server maps it besides, read-only as it was asked to; should it write all the same, it writes pixels, of which every
        // pattern of bits is valid and on which nothing depends.
        let map = unsafe { MmapOptions::new().len(bytes).map_mut(&memory) }.map_err(|error| error.to_string())?;
        let attach = || -> Result<shm::Seg, ReplyOrIdError> {
            let name = self.connection.generate_id()?;
            self.connection.shm_attach_fd(name, memory, true)?.check()?;
            Ok(name)
        };
        Ok(Segment { map, name: attach().map_err(|error| error.to_string())? })
    }

    fn draw(&self, part: Rect) -> Result<(), ConnectionError> {
        match &self.pixels {
            Pixels::Shared(segment) => self.draw_shared(segment, part),
            Pixels::Own(pixels) => strips(part, self.connection.maximum_request_bytes().saturating_sub(HEADER))
                .try_for_each(|strip| self.send(pixels, strip)),
        }
    }

    fn draw_shared(&self, segment: &Segment, part: Rect) -> Result<(), ConnectionError> {
        let [x, y, width, height] = short(part);
        let (x_at, y_at) = (x.cast_signed(), y.cast_signed());
        let [_, _, total_width, total_height] = short(Rect { x: 0, y: 0, width: self.size.0, height: self.size.1 });
        let format = ImageFormat::Z_PIXMAP.into();
        let drawing = self.connection.shm_put_image(
            self.window,
            self.context,
            total_width,
            total_height,
            x,
            y,
            width,
            height,
            x_at,
            y_at,
            self.depth,
            format,
            false,
            segment.name,
            0,
        );
        drawing.map(|_| ())
    }

    fn send(&self, pixels: &[u32], strip: Rect) -> Result<(), ConnectionError> {
        let [x, y, width, height] = short(strip);
        let most_significant_first = self.connection.setup().image_byte_order == ImageOrder::MSB_FIRST;
        let rows = pixels.chunks_exact(self.size.0 as usize).skip(strip.y as usize).take(strip.height as usize);
        let pixels = rows.flat_map(|row| row.iter().skip(strip.x as usize).take(strip.width as usize));
        let bytes: Vec<u8> = pixels
            .flat_map(|pixel| if most_significant_first { pixel.to_be_bytes() } else { pixel.to_le_bytes() })
            .collect();
        let (x, y) = (x.cast_signed(), y.cast_signed());
        let drawing = self.connection.put_image(
            ImageFormat::Z_PIXMAP,
            self.window,
            self.context,
            width,
            height,
            x,
            y,
            0,
            self.depth,
            &bytes,
        );
        drawing.map(|_| ())
    }

    /// The server reads the pixels when it draws them; until then they are not to change.
    fn wait_until_drawn(&mut self) -> Result<(), ReplyError> {
        if let Some(number) = self.drawing.take() {
            Cookie::<_, GetInputFocusReply>::new(&self.connection, number).reply()?;
        }
        Ok(())
    }

    /// Errors of drawing come later and by themselves: most likely, the window is gone.
    fn report_errors(&self) -> Result<(), ConnectionError> {
        while let Some(event) = self.connection.poll_for_event()? {
            if let Event::Error(error) = event {
                tracing::warn!(?error, "the X server has refused to draw");
            }
        }
        Ok(())
    }
}

impl Pixels {
    fn all(&mut self) -> &mut [u32] {
        match self {
            Self::Shared(segment) => bytemuck::cast_slice_mut(&mut segment.map),
            Self::Own(pixels) => pixels,
        }
    }
}

/// Whether a pixel of the window is `0x00RRGGBB` in 32 bits.
fn is_supported(connection: &RustConnection, depth: u8, visual: u32) -> bool {
    let setup = connection.setup();
    let wide = setup.pixmap_formats.iter().any(|format| format.depth == depth && format.bits_per_pixel == 32);
    let mut visuals = setup.roots.iter().flat_map(|root| &root.allowed_depths).flat_map(|depth| &depth.visuals);
    let coloured = visuals.find(|candidate| candidate.visual_id == visual).is_some_and(|visual| {
        let true_colour = [VisualClass::TRUE_COLOR, VisualClass::DIRECT_COLOR].contains(&visual.class);
        true_colour && (visual.red_mask, visual.green_mask, visual.blue_mask) == (0x00ff_0000, 0xff00, 0xff)
    });
    wide && coloured
}

/// The protocol's coordinates have 16 bits, and windows at most 32767 pixels a side.
fn short(rect: Rect) -> [u16; 4] {
    [rect.x, rect.y, rect.width, rect.height].map(|value| u16::try_from(value).unwrap_or(u16::MAX))
}

/// Parts of `part`, whole rows of it, of at most `bytes` bytes of pixels each.
fn strips(part: Rect, bytes: usize) -> impl Iterator<Item = Rect> {
    let rows = u32::try_from(bytes / (part.width as usize * 4).max(1)).unwrap_or(u32::MAX).max(1);
    let tops = (0..part.height).step_by(rows as usize);
    tops.map(move |top| Rect { y: part.y + top, height: rows.min(part.height - top), ..part })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strips_are_as_large_as_a_request_and_cover_all() {
        let part = Rect { x: 5, y: 10, width: 100, height: 7 };
        let covered: Vec<_> = strips(part, 1250).map(|strip| (strip.x, strip.y, strip.width, strip.height)).collect();
        assert_eq!(covered, [(5, 10, 100, 3), (5, 13, 100, 3), (5, 16, 100, 1)]);
        assert_eq!(strips(part, usize::MAX).count(), 1);
        assert_eq!(strips(part, 0).count(), 7, "a row is sent, however small the requests are");
    }
}
