//! The companion client.

fn main() {}
