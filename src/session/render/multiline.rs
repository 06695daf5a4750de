//! Messages of several lines: as a batch for who knows those, line by line for the others.
//!
//! Source: IRCv3 draft/multiline.

use crate::limits;
use crate::protocol::Cap;
use crate::protocol::line::clean;
use crate::room::{Entry, Said};

use super::{Class, addressed, command, head, put};

/// The lines, the last one without its line end.
pub(super) fn lines(entry: &Entry, said: &Said, class: Class) -> String {
    if class.has(Cap::Multiline) { batch(entry, said, class) } else { one_by_one(entry, said, class) }
}

/// The lines between `BATCH +` and `BATCH -`, as they were sent. The id is the same for everybody,
/// so that a class shares the bytes; no session gives one that begins like it.
fn batch(entry: &Entry, said: &Said, class: Class) -> String {
    let id = format!("m{:x}-{:x}", entry.room.0, entry.seq.0);
    let target = addressed(&entry.target, said.audience);
    let (author, command) = (&entry.author, command(said.speech));
    let mut out = head(author, entry.at, Some(entry.msgid()), &said.tags, class);
    put(&mut out, format_args!("BATCH +{id} draft/multiline {target}\r\n"));
    for (continues, line) in said.lines() {
        let concat = if continues { ";draft/multiline-concat" } else { "" };
        let line = clean(line);
        put(&mut out, format_args!("@batch={id}{concat} :{author} {command} {target} :{line}\r\n"));
    }
    put(&mut out, format_args!(":{author} BATCH -{id}"));
    out
}

/// A message for each line that is not blank; the id on the first that is sent.
fn one_by_one(entry: &Entry, said: &Said, class: Class) -> String {
    let target = addressed(&entry.target, said.audience);
    let command = command(said.speech);
    let repeated = if said.tags.len() > limits::REPEATED_TAGS_BYTES_MAX { "" } else { said.tags.as_str() };
    let mut out = String::new();
    for (_, line) in said.lines().filter(|(_, line)| !line.is_empty()) {
        let (id, tags) =
            if out.is_empty() { (Some(entry.msgid()), said.tags.as_str()) } else { (None, repeated) };
        if !out.is_empty() {
            out.push_str("\r\n");
        }
        out.push_str(&head(&entry.author, entry.at, id, tags, class));
        put(&mut out, format_args!("{command} {target} :{}", clean(line)));
    }
    out
}
