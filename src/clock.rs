//! Time: the one place that reads a clock, and the one type that holds a moment.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970-01-01T00:00:00Z, on the wire `YYYY-MM-DDThh:mm:ss.sssZ`.
///
/// Source: IRCv3 server-time.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// 9999-12-30T22:00:00.000Z: no later moment can be calculated with in every time zone.
    pub const MAX: Self = Self(253_402_207_200_000);

    /// Reads the wire's form; moments outside the years 1970 to 9999 are moved to the nearest inside.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        // The last moments of that year can't be calculated with; of another year, they show whether it is a moment.
        if let Some(rest) = text.strip_prefix("9999-12-3") {
            return format!("9998-12-3{rest}").parse::<jiff::Timestamp>().ok().map(|_| Self::MAX);
        }
        let moment: jiff::Timestamp = text.parse().ok()?;
        Some(Self(moment.as_millisecond().clamp(0, Self::MAX.0)))
    }

    /// So many milliseconds later.
    #[must_use]
    pub fn after_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms).min(Self::MAX.0))
    }

    /// Whole seconds since 1970, as IRC's older numerics have them.
    #[must_use]
    pub fn seconds(self) -> i64 {
        self.0 / 1000
    }
}

/// Reads a length of time such as `90s`, `7d` or `1h30m`, in milliseconds: whole numbers, each with
/// one of s, m, h, d, w. `None` if it is none.
#[must_use]
pub fn parse_length_ms(text: &str) -> Option<i64> {
    const UNITS: [(char, i64); 5] =
        [('s', 1000), ('m', 60_000), ('h', 3_600_000), ('d', 86_400_000), ('w', 604_800_000)];
    let (mut ms, mut rest) = (0_i64, text);
    while let Some(end) = rest.find(|c: char| !c.is_ascii_digit()) {
        let number: u32 = rest[..end].parse().ok()?;
        let unit = rest[end..].chars().next()?;
        let (_, unit_ms) = UNITS.iter().find(|(letter, _)| *letter == unit)?;
        ms = ms.saturating_add(i64::from(number).saturating_mul(*unit_ms));
        rest = &rest[end + 1..];
    }
    (rest.is_empty() && !text.is_empty()).then_some(ms)
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment =
            jiff::Timestamp::from_millisecond(self.0.clamp(0, Self::MAX.0)).map_err(|_| fmt::Error)?;
        write!(f, "{moment:.3}")
    }
}

/// Where the time comes from; a test can hold it in its hand.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's.
    System,
    /// Milliseconds that somebody sets.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// The present moment. It may run backwards when the machine's clock is set.
    #[must_use]
    #[allow(clippy::disallowed_methods, reason = "the one place that may ask the machine for the time")]
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX).min(Timestamp::MAX.0))
            }
            Self::Manual(ms) => Timestamp(ms.load(Ordering::Relaxed)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_one_form() {
        let table = [
            (0, "1970-01-01T00:00:00.000Z"),
            (1_763_640_000_123, "2025-11-20T12:00:00.123Z"),
            (Timestamp::MAX.0, "9999-12-30T22:00:00.000Z"),
        ];
        for (ms, text) in table {
            assert_eq!(Timestamp(ms).to_string(), text);
            assert_eq!(Timestamp::parse(text), Some(Timestamp(ms)));
        }
    }

    #[test]
    fn lengths_of_time_are_read() {
        for (text, ms) in [("90s", 90_000), ("1h30m", 5_400_000), ("7d", 604_800_000), ("1w1d", 691_200_000)]
        {
            assert_eq!(parse_length_ms(text), Some(ms), "{text}");
        }
        for text in ["", "d", "7", "-1d", "7 d", "1y", "7é", "1h30", "h1", "99999999999d"] {
            assert_eq!(parse_length_ms(text), None, "{text}");
        }
    }

    #[test]
    fn moments_out_of_range_are_clamped_and_nonsense_is_refused() {
        assert_eq!(Timestamp::parse("1900-01-01T00:00:00Z"), Some(Timestamp(0)));
        assert_eq!(Timestamp::parse("9999-12-31T23:59:59.999Z"), Some(Timestamp::MAX));
        for text in ["", "yesterday", "2025-13-01T00:00:00Z", "2025-01-01", "9999-12-3", "9999-12-31 noon"] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }
}
