//! A short run of every target, from its corpus and by chance; and that `fuzz/` has the same targets.

use std::collections::BTreeSet;
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::NAMES;

/// How long one target is tried by chance, after all of its corpus.
const CHANCE: Duration = Duration::from_millis(700);
/// An input does not grow beyond this.
const LEN_MAX: usize = 8 * 1024;
/// Changes of one input.
const CHANGES_MAX: u64 = 6;
/// All files of the corpus.
const CORPUS_BYTES_MAX: u64 = 300 * 1024;

/// Tries the corpus, and then what chance makes of it. `FUZZ_SEED` makes the same again, `FUZZ_SECONDS` tries longer.
pub(super) fn short_run(name: &str, check: fn(&[u8])) {
    let corpus = corpus(name);
    for (path, bytes) in &corpus {
        assert!(catch_unwind(|| check(bytes)).is_ok(), "{} does not hold", path.display());
    }
    let number = |variable| std::env::var(variable).ok().and_then(|text| text.parse().ok());
    let seed = number("FUZZ_SEED").unwrap_or_else(|| getrandom::u64().unwrap());
    let time = number("FUZZ_SECONDS").map_or(CHANCE, Duration::from_secs);
    let mut chance = Chance(seed | 1);
    let start = Instant::now();
    while start.elapsed() < time {
        let bytes = chance.input(&corpus);
        if catch_unwind(|| check(&bytes)).is_err() {
            let kept = keep(name, &bytes);
            panic!("{name}, FUZZ_SEED={seed}, {kept}: {}", bytes.escape_ascii());
        }
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn corpus(name: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let paths = files(&folder().join("corpus").join(name));
    paths.into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

/// Where cargo-fuzz has what it found, and is not committed.
fn keep(name: &str, bytes: &[u8]) -> String {
    let path = folder().join("artifacts").join(name).join("short-run");
    let kept = fs::create_dir_all(path.parent().unwrap()).and_then(|()| fs::write(&path, bytes));
    kept.map_or_else(|error| format!("not kept ({error})"), |()| path.display().to_string())
}

/// Numbers by chance: xorshift64*. Never 0.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(number).unwrap() % bound.max(1)
    }

    /// One of the corpus, changed a few times.
    fn input(&mut self, corpus: &[(PathBuf, Vec<u8>)]) -> Vec<u8> {
        let mut bytes = corpus[self.below(corpus.len())].1.clone();
        for _ in 0..=self.below(usize::try_from(CHANGES_MAX).unwrap()) {
            let other = &corpus[self.below(corpus.len())].1;
            self.change(&mut bytes, other);
        }
        bytes.truncate(LEN_MAX);
        bytes
    }

    fn change(&mut self, bytes: &mut Vec<u8>, other: &[u8]) {
        const MEANING: &[u8] =
            b"\0\r\n \t:;=@#,*\\\"'/<>[](){}|~`+-.%&!?_\x02\x03\x04\x0f\x11\x1b\xff\xc3\x80Aa09";
        let (from, to) = (self.below(bytes.len() + 1), self.below(bytes.len() + 1));
        let (from, to) = (from.min(to), from.max(to));
        match self.below(8) {
            0 if from < bytes.len() => bytes[from] ^= 1 << self.below(8),
            1 => bytes.insert(from, MEANING[self.below(MEANING.len())]),
            2 if from < bytes.len() => bytes[from] = MEANING[self.below(MEANING.len())],
            3 => drop(bytes.drain(from..to)),
            4 => bytes.truncate(to),
            5 => {
                let times = 1 + self.below(40);
                let piece = bytes[from..to.min(from + LEN_MAX / times)].repeat(times);
                drop(bytes.splice(from..from, piece));
            }
            6 => {
                let (one, two) = (self.below(other.len() + 1), self.below(other.len() + 1));
                drop(bytes.splice(from..to, other[one.min(two)..one.max(two)].iter().copied()));
            }
            _ => {
                let number = [0, 1, 127, 255, 256, 510, 512, 4096, 65_535, u64::MAX][self.below(10)];
                drop(bytes.splice(from..to.min(from + 4), number.to_string().into_bytes()));
            }
        }
    }
}

#[test]
fn the_fuzzers_have_the_same_targets_and_each_a_corpus() {
    let named: BTreeSet<&str> = NAMES.iter().copied().collect();
    let stems = |folder: &str| -> BTreeSet<String> {
        let paths = files(&super::tests::folder().join(folder));
        paths.iter().map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect()
    };
    let equal = |set: BTreeSet<String>| set.iter().map(String::as_str).eq(named.iter().copied());
    assert!(equal(stems("fuzz_targets")), "fuzz/fuzz_targets has others than src/fuzzing.rs");
    assert!(equal(stems("corpus")), "fuzz/corpus has others than src/fuzzing.rs");
    let manifest: toml::Table = fs::read_to_string(folder().join("Cargo.toml")).unwrap().parse().unwrap();
    let programs =
        manifest["bin"].as_array().unwrap().iter().map(|program| program["name"].as_str().unwrap());
    assert!(
        programs.eq(named.iter().copied()),
        "fuzz/Cargo.toml has others than src/fuzzing.rs, or in another order"
    );
    for name in &named {
        let program =
            fs::read_to_string(folder().join("fuzz_targets").join(name).with_extension("rs")).unwrap();
        assert!(
            program.contains(&format!("chat_secure::fuzzing::{name}(bytes)")),
            "{name} runs another target"
        );
    }
}

#[test]
fn the_corpus_is_small() {
    let lens = NAMES.iter().flat_map(|name| corpus(name)).map(|(_, bytes)| bytes.len() as u64);
    let len: u64 = lens.sum();
    assert!(len < CORPUS_BYTES_MAX, "{len} bytes: leave out what `cargo fuzz cmin` leaves out");
}
