//! From bytes to a line's parts.

use std::hint::black_box;

use chat_secure::protocol::{LineBuffer, Message};
use divan::Bencher;
use divan::counter::ItemsCount;

use crate::TEXT;

/// Cutting what was read at once into lines; the time is that of one line.
#[divan::bench(args = [1, 8, 64])]
fn split(bencher: Bencher<'_, '_>, lines: usize) {
    let read = format!("PRIVMSG #lobby :{TEXT}\r\n").repeat(lines);
    let mut buffer = LineBuffer::default();
    bencher.counter(ItemsCount::new(lines)).bench_local(|| {
        buffer.extend(black_box(read.as_bytes()));
        while let Some(line) = buffer.next_line() {
            black_box(line);
        }
    });
}

#[divan::bench(args = ["plain", "with tags"])]
fn parse(bencher: Bencher<'_, '_>, form: &str) {
    let tags = if form == "plain" { "" } else { "@label=x1;+draft/reply=abc " };
    let line = format!("{tags}PRIVMSG #lobby :{TEXT}");
    bencher.bench(|| Message::parse(black_box(line.as_bytes())).unwrap().params().len());
}
