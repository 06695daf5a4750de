//! Cutting a message into words for the search index, off its way.

use std::hint::black_box;

use chat_secure::store::search::words;

use crate::TEXT;

#[divan::bench(args = [TEXT, "東京都に住んでいますが、来年は京都へ引っ越すつもりです。", "Crème brûlée für Łukasz"])]
fn segment(text: &str) -> String {
    words::segment(black_box(text))
}
