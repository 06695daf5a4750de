//! A message's line for each capability class that its form differs in.

use std::hint::black_box;

use chat_secure::protocol::Cap::{self, AccountTag, Batch, MessageTags, Multiline, ServerTime};
use chat_secure::room::Said;
use chat_secure::session::render::{self, Class};
use divan::Bencher;

use crate::{TEXT, entry};

const CLASSES: [&[Cap]; 8] = [
    &[],
    &[ServerTime],
    &[AccountTag],
    &[ServerTime, AccountTag],
    &[MessageTags],
    &[MessageTags, ServerTime],
    &[MessageTags, AccountTag],
    &[MessageTags, ServerTime, AccountTag],
];

#[divan::bench(args = CLASSES)]
fn render(bencher: Bencher<'_, '_>, caps: &[Cap]) {
    render_in(bencher, caps, Said::plain(TEXT));
}

/// Four lines, as one message and one by one.
#[divan::bench(args = [&[MessageTags, ServerTime, AccountTag, Batch, Multiline], CLASSES[7]])]
fn render_lines(bencher: Bencher<'_, '_>, caps: &[Cap]) {
    render_in(bencher, caps, Said::plain([TEXT; 4].join("\n")));
}

fn render_in(bencher: Bencher<'_, '_>, caps: &[Cap], said: Said) {
    let (entry, class) = (entry(123_456, said), Class::of(caps.iter().copied().collect()));
    bencher.bench(|| render::entry(black_box(&entry), class));
}
