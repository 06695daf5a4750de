//! The charts: what each shows, and in which scale.
//!
//! No figure stands here.

use super::chart::{Chart, Scale};

/// All of them, by the name of their files.
pub(crate) const ALL: &[Chart] = &[
    Chart {
        name: "busy",
        title: "A delivery, while four members speak as fast as it goes",
        x: ("members of the room", Scale::Log),
        y: ("CPU of the server for a delivery, µs", Scale::Log),
    },
    Chart {
        name: "calm",
        title: "A delivery, at 20,000 deliveries a second",
        x: ("members of the room", Scale::Log),
        y: ("CPU of the server for a delivery, µs", Scale::Log),
    },
    Chart {
        name: "rooms",
        title: "A message, at 4000 messages a second",
        x: ("rooms", Scale::Log),
        y: ("CPU of the server for a message, µs", Scale::Linear),
    },
    Chart {
        name: "pages",
        title: "A page of 100 messages, in a room with half of them",
        x: ("messages", Scale::Log),
        y: ("time, ms", Scale::Linear),
    },
    Chart {
        name: "searches",
        title: "A search with up to 100 results",
        x: ("messages", Scale::Log),
        y: ("time, ms", Scale::Log),
    },
    Chart {
        name: "starts",
        title: "From the start of the server until it listens",
        x: ("messages", Scale::Log),
        y: ("time, ms", Scale::Linear),
    },
    Chart {
        name: "day",
        title: "Memory over a day of 100 messages a second",
        x: ("messages", Scale::Linear),
        y: ("resident memory of the server, MiB", Scale::Linear),
    },
    Chart {
        name: "stalled",
        title: "Latency in a room of 200, one of whom never reads",
        x: ("seconds", Scale::Log),
        y: ("99th percentile of the others, ms", Scale::Linear),
    },
    Chart {
        name: "storm",
        title: "Latency of two who talk, while others sign in",
        x: ("logins at one time", Scale::Log),
        y: ("99th percentile of the two, ms", Scale::Linear),
    },
];
