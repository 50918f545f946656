//! `data:` URLs (RFC 2397, as the Fetch Standard reads it).

use super::FetchError;
use data_url::DataUrl;
use url::Url;

/// The bytes, and the type without parameters. The bytes are fewer than those of the URL, which is capped.
pub(super) fn decode(url: &Url) -> Result<(Vec<u8>, String), FetchError> {
    let data = DataUrl::process(url.as_str()).map_err(|_| FetchError::BadDataUrl)?;
    let mime = data.mime_type();
    let essence = format!("{}/{}", mime.type_, mime.subtype).to_ascii_lowercase();
    let (bytes, _fragment) = data.decode_to_vec().map_err(|_| FetchError::BadDataUrl)?;
    Ok((bytes, essence))
}
