//! Shows a page of this machine as a picture, with a zygote and a renderer, and this program for the broker:
//!
//! ```text
//! cargo run --release -p bulkhead-renderer --example snapshot -- PAGE.html OUT.png [WIDTH HEIGHT [SCALE [dark] [Y]]]
//! ```

#[allow(dead_code, reason = "the tests need more of it")]
#[path = "../tests/zygote/broker.rs"]
mod broker;

use broker::{Renderer, Zygote};
use bulkhead_renderer::{Confined, ZygoteArgs, zygote_main};
use bulkhead_shared::body::Body;
use bulkhead_shared::control::Up;
use bulkhead_shared::downlink::{ToRenderer, Viewport};
use bulkhead_shared::uplink::{BodyMeta, FromRenderer, Grant};
use std::error::Error;
use std::os::fd::AsFd;
use std::path::Path;
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    if std::env::args().any(|argument| argument == "--type=zygote") {
        return Ok(zygote_main(ZygoteArgs { socket: 3, bootstrap: 4, sandbox: true }, Confined::show_pages)?);
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let argument = |n: usize| arguments.get(n).map(String::as_str);
    let number = |n: usize, default: f32| argument(n).map_or(Ok(default), str::parse);
    let (Some(page), Some(picture)) = (argument(0), argument(1)) else {
        return Err("PAGE and OUT.png are missing".into());
    };
    let viewport = Viewport {
        width: number(2, 1280.0)? as u32,
        height: number(3, 720.0)? as u32,
        scale: number(4, 1.0)?,
        zoom: 1.0,
        dark: argument(5) == Some("dark"),
    };
    let scroll = number(6, 0.0).ok().map(|y| (0.0, y));

    let began = Instant::now();
    let mut zygote = Zygote::start();
    let warm = began.elapsed();
    let mut renderer = zygote.fork();
    let forked = began.elapsed();
    renderer.resize(viewport);
    renderer.command(ToRenderer::Show);
    let page = Path::new(page).canonicalize()?;
    let url = format!("file://{}", page.display());
    renderer.open_as(&url, mime(&page), &std::fs::read(&page)?, scroll);
    let frame = load(&mut renderer)?;
    let shown = began.elapsed();
    renderer.command(ToRenderer::Repaint);
    let again = renderer.frame();
    println!(
        "{} fonts; warm after {} ms, forked after {:.1} ms more, shown after {:.1} ms more; drawn in {:.1} ms, again in {:.1} ms",
        zygote.fonts,
        warm.as_millis(),
        (forked - warm).as_secs_f64() * 1e3,
        (shown - forked).as_secs_f64() * 1e3,
        (frame.done - frame.began) as f64 / 1e6,
        (again.done - again.began) as f64 / 1e6,
    );
    let status = std::fs::read_to_string(format!("/proc/{}/smaps_rollup", renderer.pid))?;
    let private: usize = status
        .lines()
        .filter(|l| l.starts_with("Private_"))
        .map(|l| l.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap())
        .sum();
    println!("private {private} KiB");
    write(&renderer, &again, viewport, picture)
}

/// Answers fetches until the page is loaded. Returns its last frame.
fn load(renderer: &mut Renderer) -> Result<bulkhead_shared::uplink::Frame, Box<dyn Error>> {
    let mut last = None;
    loop {
        match hear(renderer)? {
            FromRenderer::Frame(frame) => last = Some(frame),
            FromRenderer::Fetch { request, url, .. } => {
                let path = url.strip_prefix("file://").unwrap_or_default().split(['?', '#']).next().unwrap_or_default();
                let (result, body) = match std::fs::read(path) {
                    Ok(bytes) => {
                        let body = Body::from_bytes(&bytes)?;
                        let mime = mime(Path::new(path)).to_owned();
                        (Ok(BodyMeta { length: body.length(), mime }), Some(body))
                    }
                    Err(error) => {
                        eprintln!("{url}: {error}");
                        (Err(error.to_string()), None)
                    }
                };
                let fds: Vec<_> = body.iter().map(AsFd::as_fd).collect();
                renderer.grant(&Grant::Response { request, result }, &fds);
            }
            FromRenderer::Loaded { failed, .. } => {
                eprintln!("loaded, {failed} failed");
                return last.ok_or_else(|| "no frame".into());
            }
            other => eprintln!("{other:?}"),
        }
    }
}

fn hear(renderer: &mut Renderer) -> Result<FromRenderer, Box<dyn Error>> {
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| renderer.hear())) {
        Ok(message) => Ok(message),
        Err(_) => match renderer.control() {
            Some(Up::LastWords(words)) => Err(format!("{words:?}").into()),
            other => Err(format!("{other:?}").into()),
        },
    }
}

fn mime(path: &Path) -> &'static str {
    match path.extension().and_then(std::ffi::OsStr::to_str).unwrap_or_default() {
        "html" | "htm" => "text/html",
        "xhtml" => "application/xhtml+xml",
        "css" => "text/css",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "woff2" => "font/woff2",
        "txt" | "rs" => "text/plain",
        _ => "application/octet-stream",
    }
}

fn write(
    renderer: &Renderer,
    frame: &bulkhead_shared::uplink::Frame,
    size: Viewport,
    to: &str,
) -> Result<(), Box<dyn Error>> {
    let mut encoder = png::Encoder::new(std::fs::File::create(to)?, size.width, size.height);
    encoder.set_color(png::ColorType::Rgb);
    let mut bytes = Vec::new();
    for y in 0..size.height {
        for x in 0..size.width {
            let [blue, green, red, _] = renderer.pixel(frame, x, y).to_le_bytes();
            bytes.extend([red, green, blue]);
        }
    }
    encoder.write_header()?.write_image_data(&bytes)?;
    Ok(())
}
