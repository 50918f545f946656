//! The `media` attribute of style sheets, which the engine does not look at: each sheet gets it as its list of media queries.
//! The cascade evaluates that, also anew when the window changes.

use blitz_dom::node::SpecialElementData;
use blitz_dom::{BaseDocument, NodeId, local_name};
use cssparser::Parser;
use style::context::QuirksMode;
use style::media_queries::MediaList;
use style::parser::ParserContext;
use style::stylesheets::{DocumentStyleSheet, Origin, UrlExtraData};
use style_traits::ParsingMode;

/// Gives those sheets their media that have come since the document had `generation`, which is brought up to date.
pub(super) fn settle(document: &BaseDocument, generation: &mut u64) {
    if *generation == document.stylesheet_generation() {
        return;
    }
    *generation = document.stylesheet_generation();
    let url = UrlExtraData::from(document.url().clone());
    for owner in document.stylesheet_owner_nodes() {
        if let Some((sheet, media)) = sheet_and_media(document, owner) {
            let list = parse(media, &url);
            *sheet.0.media.write_with(&mut document.guard().write()) = list;
        }
    }
}

fn sheet_and_media(document: &BaseDocument, owner: NodeId) -> Option<(&DocumentStyleSheet, &str)> {
    let element = document.get_node(owner)?.element_data()?;
    let SpecialElementData::Stylesheet(sheet) = &element.special_data else { return None };
    Some((sheet, element.attr(local_name!("media"))?))
}

fn parse(media: &str, url: &UrlExtraData) -> MediaList {
    let mut context = ParserContext::new(
        Origin::Author,
        url,
        None,
        ParsingMode::DEFAULT,
        QuirksMode::NoQuirks,
        Default::default(),
        None,
        None,
        Default::default(),
    );
    MediaList::parse(&mut context, &mut Parser::new(media))
}
