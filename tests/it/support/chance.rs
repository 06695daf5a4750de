//! Properties tried by chance: a failure is shrunk and tells the seed that leads to it again.

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

/// Tries the property with so many values.
///
/// `TEST_SEED` tries again what has failed, `TEST_CASES` tries more.
pub(crate) fn try_all<S: Strategy>(cases: u32, values: &S, hold: impl Fn(S::Value) -> Result<(), String>)
where
    S::Value: std::fmt::Debug,
{
    let seed = number("TEST_SEED").unwrap_or_else(|| getrandom::u64().unwrap());
    let cases = number("TEST_CASES").map_or(cases, |cases| cases.try_into().unwrap());
    eprintln!("TEST_SEED={seed}");
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    // A failure is a failure after a minute of shrinking, too.
    let config = Config { cases, max_shrink_time: 60_000, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    match runner.run(values, |value| hold(value).map_err(TestCaseError::fail)) {
        Ok(()) => {}
        Err(TestError::Fail(reason, value)) => panic!("TEST_SEED={seed}: {reason}\n{value:#?}"),
        Err(TestError::Abort(reason)) => panic!("TEST_SEED={seed}: {reason}"),
    }
}

fn number(variable: &str) -> Option<u64> {
    let value = std::env::var(variable).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{variable} is no number: {value}")))
}
