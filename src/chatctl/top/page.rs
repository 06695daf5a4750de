//! A page of metrics, read: the text form of OpenMetrics as far as the server writes it. Trusts it in nothing but
//! the numbers.

use std::collections::BTreeMap;

/// Values by the metric and its labels, as they are written: `chat_sessions_open{door="tls"}`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Page(BTreeMap<String, f64>);

/// What a histogram has counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Histogram {
    pub(super) count: f64,
    pub(super) sum: f64,
    /// Upper bounds and how many were not above them, in the order of the bounds.
    buckets: Vec<(f64, f64)>,
}

impl Page {
    pub(super) fn parse(text: &str) -> Self {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        // A label may hold spaces, a value none.
        let values = lines.filter_map(|line| {
            let (series, value) = line.rsplit_once(' ')?;
            Some((series.to_owned(), value.parse().ok()?))
        });
        Self(values.collect())
    }

    /// Of the metric without labels.
    pub(super) fn value(&self, name: &str) -> Option<f64> {
        self.0.get(name).copied()
    }

    /// By the value of its one label.
    pub(super) fn by_label(&self, name: &str) -> impl Iterator<Item = (&str, f64)> {
        self.series(name).filter_map(|(labels, value)| Some((labels.split('"').nth(1)?, value)))
    }

    /// Over all labels; 0 if there is none yet.
    pub(super) fn sum(&self, name: &str) -> f64 {
        self.series(name).map(|(_, value)| value).sum()
    }

    pub(super) fn histogram(&self, name: &str) -> Histogram {
        let of_buckets = format!("{name}_bucket");
        let bounds = self.series(&of_buckets).filter_map(|(labels, value)| {
            let bound = labels.split('"').nth(1)?;
            Some((if bound == "+Inf" { f64::INFINITY } else { bound.parse().ok()? }, value))
        });
        let mut buckets: Vec<(f64, f64)> = bounds.collect();
        buckets.sort_by(|one, other| one.0.total_cmp(&other.0));
        let of = |suffix: &str| self.value(&format!("{name}_{suffix}")).unwrap_or_default();
        Histogram { count: of("count"), sum: of("sum"), buckets }
    }

    /// The labels and values of a metric.
    fn series(&self, name: &str) -> impl Iterator<Item = (&str, f64)> {
        let from = self.0.range(name.to_owned()..).map(|(series, value)| (series.as_str(), *value));
        from.map_while(move |(series, value)| Some((series.strip_prefix(name)?, value)))
            .filter(|(rest, _)| rest.is_empty() || rest.starts_with('{'))
    }
}

impl Histogram {
    /// What came since that one.
    pub(super) fn since(&self, before: &Self) -> Self {
        let earlier =
            |bound: f64| before.buckets.iter().find(|(other, _)| *other == bound).map_or(0.0, |(_, n)| *n);
        Self {
            count: self.count - before.count,
            sum: self.sum - before.sum,
            buckets: self.buckets.iter().map(|(bound, n)| (*bound, n - earlier(*bound))).collect(),
        }
    }

    pub(super) fn mean(&self) -> Option<f64> {
        (self.count > 0.0).then(|| self.sum / self.count)
    }

    /// As Prometheus' `histogram_quantile` has it: evenly spread within a bucket, and no more than the last bound.
    pub(super) fn quantile(&self, share: f64) -> Option<f64> {
        let wanted = share * self.count;
        let (mut bound_before, mut count_before) = (0.0, 0.0);
        for (bound, count) in self.buckets.iter().filter(|_| self.count > 0.0) {
            if bound.is_infinite() {
                return Some(bound_before);
            }
            if *count >= wanted && *count > count_before {
                return Some(
                    bound_before + (bound - bound_before) * (wanted - count_before) / (count - count_before),
                );
            }
            (bound_before, count_before) = (*bound, *count);
        }
        None
    }
}
