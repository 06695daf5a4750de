//! The work `stalled`: what those who read notice of one member who does not.
//!
//! Each round measures the same room without and with that member; a server may drop it.

use anyhow::Result;
use serde_json::Value;

use super::crowd::Door;
use super::figures::Figures;
use super::progress::Progress;
use super::rounds::Work;
use super::talk::Shape;

/// A room without and with a member who stops reading.
pub(crate) struct Stalled(pub(crate) Shape);

impl Work for Stalled {
    fn connections(&self) -> usize {
        self.0.connections()
    }

    fn parameters(&self) -> Value {
        self.0.parameters()
    }

    async fn round(&self, door: &Door, progress: &Progress) -> Result<Figures> {
        let without = self.0.round(door, progress).await?;
        let with = Shape { deaf: 1, ..self.0.clone() }.round(&door.again(), progress).await?;
        let mut figures = Figures::default();
        figures.add_if("latency p99 ms without", without.value("latency p99 ms"));
        figures.add_if("latency p99 ms with", with.value("latency p99 ms"));
        figures.add_if("latency max ms without", without.value("latency max ms"));
        figures.add_if("latency max ms with", with.value("latency max ms"));
        figures.add_if("server memory MiB", with.value("server memory MiB"));
        Ok(figures)
    }
}
