//! Times as people write and read them: in the zone of this machine.

use std::str::FromStr;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::admin::view::Moment;
use crate::clock::{self, Timestamp};

/// A length of time: `90s`, `30m`, `12h`, `7d`, `1h30m`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Duration {
    ms: i64,
}

/// A moment, as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Instant {
    Ago(Duration),
    Local(DateTime),
    Exact(Timestamp),
}

impl Duration {
    /// So long after a moment.
    pub(super) fn after(self, moment: Timestamp) -> Timestamp {
        moment.after_ms(self.ms)
    }

    fn before(self, moment: Timestamp) -> Timestamp {
        Timestamp(moment.0.saturating_sub(self.ms).max(0))
    }
}

impl FromStr for Duration {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} must be numbers with s, m, h, d or w, such as 12h, 7d or 1h30m");
        clock::parse_length_ms(text).map(|ms| Self { ms }).ok_or_else(wrong)
    }
}

impl Instant {
    pub(super) fn resolve(self, now: Timestamp, zone: &TimeZone) -> Result<Timestamp, String> {
        match self {
            Self::Ago(duration) => Ok(duration.before(now)),
            Self::Exact(moment) => Ok(moment),
            Self::Local(time) => {
                let zoned = time.to_zoned(zone.clone());
                let ms = zoned.map_err(|_| format!("{time} is out of range"))?.timestamp().as_millisecond();
                Ok(Timestamp(ms.clamp(0, Timestamp::MAX.0)))
            }
        }
    }
}

impl FromStr for Instant {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(duration) = text.parse() {
            return Ok(Self::Ago(duration));
        }
        if let Some(moment) = Timestamp::parse(text) {
            return Ok(Self::Exact(moment));
        }
        text.parse().map(Self::Local).map_err(|_| {
            format!(
                "{text:?} must be a date (2025-11-20), with a time ('2025-11-20 14:30'), RFC 3339, or a time ago (2h, 7d)"
            )
        })
    }
}

/// To the minute, as in tables.
pub(super) fn minute(moment: Moment, zone: &TimeZone) -> String {
    local(moment, zone, "%Y-%m-%d %H:%M")
}

/// To the second, as in a history.
pub(super) fn second(moment: Moment, zone: &TimeZone) -> String {
    local(moment, zone, "%Y-%m-%d %H:%M:%S")
}

fn local(moment: Moment, zone: &TimeZone, form: &str) -> String {
    match jiff::Timestamp::from_millisecond(moment.0.0.clamp(0, Timestamp::MAX.0)) {
        Ok(at) => at.to_zoned(zone.clone()).strftime(form).to_string(),
        Err(_) => moment.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_763_640_000_000);

    #[test]
    fn lengths_of_time_are_read() {
        for (text, ms) in [("90s", 90_000), ("30m", 1_800_000), ("7d", 604_800_000), ("1w", 604_800_000)] {
            assert_eq!(text.parse(), Ok(Duration { ms }), "{text}");
        }
        for text in ["", "d", "7", "-1d", "7 d", "1y", "7é", "99999999999d"] {
            assert!(text.parse::<Duration>().is_err(), "{text}");
        }
        assert_eq!("4000000000w".parse::<Duration>().unwrap().after(NOW), Timestamp::MAX);
    }

    #[test]
    fn moments_are_read_in_the_local_zone() {
        let zone = TimeZone::fixed(jiff::tz::offset(2));
        for (text, expected) in [
            ("2025-11-20T12:00:00Z", "2025-11-20T12:00:00.000Z"),
            ("2025-11-20 14:30", "2025-11-20T12:30:00.000Z"),
            ("2025-11-20 14:30:05", "2025-11-20T12:30:05.000Z"),
            ("2025-11-20", "2025-11-19T22:00:00.000Z"),
            ("2h", "2025-11-20T10:00:00.000Z"),
        ] {
            let moment: Instant = text.parse().unwrap();
            assert_eq!(moment.resolve(NOW, &zone).unwrap().to_string(), expected, "{text}");
        }
        assert!("yesterday".parse::<Instant>().is_err());
    }

    #[test]
    fn moments_are_shown_in_the_local_zone() {
        let zone = TimeZone::fixed(jiff::tz::offset(2));
        assert_eq!(minute(Moment(NOW), &zone), "2025-11-20 14:00");
        assert_eq!(second(Moment(NOW), &zone), "2025-11-20 14:00:00");
    }
}
