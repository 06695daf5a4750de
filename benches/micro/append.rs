//! Storing messages: one commit, on disk when it returns.

use std::sync::Arc;

use chat_secure::room::{Entry, Said};
use chat_secure::store::sqlite::Sqlite;
use chat_secure::store::{Batch, Journal as _};
use divan::Bencher;
use divan::counter::ItemsCount;
use tokio::runtime::Runtime;

use crate::{TEXT, entry};

/// Into a database file under `target/tmp/`; the rate is that of entries.
#[divan::bench(args = [1, 10, 100, 1000], sample_size = 1, max_time = 2)]
fn append(bencher: Bencher<'_, '_>, entries: u64) {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let runtime = Runtime::new().unwrap();
    let store = runtime.block_on(Sqlite::open(&folder.path().join("chat-secure.db"))).unwrap();
    let mut last = 0;
    let next = || -> Vec<Arc<Entry>> {
        let first = last + 1;
        last += entries;
        (first..=last).map(|seq| Arc::new(entry(seq, Said::plain(TEXT)))).collect()
    };
    bencher.counter(ItemsCount::new(entries)).with_inputs(next).bench_local_values(|entries| {
        runtime.block_on(store.append(Batch { entries, ..Batch::default() })).unwrap();
    });
    runtime.block_on(store.close());
}
