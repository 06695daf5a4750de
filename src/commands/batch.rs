//! Batches of a client: several lines that are one message. Source: IRCv3 client-batch,
//! draft/multiline.

use crate::limits;
use crate::protocol::{Cap, Message, tags};
use crate::room::Speech;
use crate::session::composition::{Composition, Fault, Letter};
use crate::session::{Session, cut};

use super::message;

/// The tag of a line that goes on with the one before it.
const CONCAT: &str = "draft/multiline-concat";

/// `BATCH +<reference> <type> [<target>]`, `BATCH -<reference>`
pub(super) async fn batch(session: &mut Session, message: &Message<'_>) {
    let sign_and_reference = message.param(0).unwrap_or_default();
    if let Some(reference) = sign_and_reference.strip_prefix('-') {
        close(session, reference).await;
    } else {
        open(session, message, sign_and_reference);
    }
}

fn open(session: &mut Session, message: &Message<'_>, sign_and_reference: &str) {
    let (kind, target) = (message.param(1).unwrap_or("*"), message.param(2).unwrap_or_default());
    let is_second = session.composition().is_some_and(Composition::is_open);
    if is_second {
        session.fail_composition(&Fault::Invalid("Another batch was begun before this one ended"));
    }
    let Some(reference) = sign_and_reference.strip_prefix('+').filter(|name| is_reference(name)) else {
        let shown = cut(sign_and_reference.trim_start_matches('+'), limits::BATCH_REFERENCE_BYTES_MAX);
        session.compose(shown, None);
        let text = "A batch is named by up to 64 letters, digits and hyphens";
        return session.fail("BATCH", "INVALID_REFTAG", &[shown], text);
    };
    let may_compose = session.has(Cap::Multiline) && session.has(Cap::Batch);
    if kind != "draft/multiline" || !may_compose {
        session.compose(reference, None);
        let text = "Clients send batches of draft/multiline only, with the capabilities for it";
        let kind = cut(kind, limits::BATCH_REFERENCE_BYTES_MAX);
        return session.fail("BATCH", "UNKNOWN_TYPE", &[reference, kind], text);
    }
    if is_second || target.is_empty() || target.contains(',') {
        session.compose(reference, None);
        let text = "One batch is open at a time, and it has one target";
        return session.fail("BATCH", "MULTILINE_INVALID", &[], text);
    }
    session.compose(reference, Some(Letter::new(target, tags::client_only(message.tags))));
}

fn is_reference(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (1..=limits::BATCH_REFERENCE_BYTES_MAX).contains(&text.len()) && text.bytes().all(allowed)
}

async fn close(session: &mut Session, reference: &str) {
    match session.composition() {
        Some(composition) if composition.is_named(reference) => {}
        // What failed has been told; what belongs to it need not be.
        Some(composition) if !composition.is_open() => return,
        Some(_) | None => {
            let shown = cut(reference, limits::BATCH_REFERENCE_BYTES_MAX);
            return session.fail("BATCH", "INVALID_REFTAG", &[shown], "There is no such batch");
        }
    }
    match session.finish_composition() {
        Some((target, said)) => message::deliver(session, &target, said).await,
        None => session.drop_composition(),
    }
}

/// Takes a line that names a batch, whatever its command; never runs it by itself.
pub(super) fn add(session: &mut Session, message: &Message<'_>, reference: &str) {
    let Some(composition) = session.composition() else {
        session.open_response();
        return session.fail("BATCH", "MULTILINE_INVALID", &[], "There is no such batch");
    };
    let is_of_it = composition.is_named(reference);
    let target = message.param(0).unwrap_or_default();
    let line = message.param(1);
    let continues = message.tag(CONCAT).is_some();
    let fits = message::line_fits(session, target, line.unwrap_or_default());
    session.add_line(|letter| {
        if !is_of_it {
            return Err(Fault::Invalid("Until a batch ends all lines of batches belong to it"));
        }
        let speech = match message.command.to_ascii_uppercase().as_str() {
            "PRIVMSG" => Speech::Message,
            "NOTICE" => Speech::Notice,
            _ => return Err(Fault::Invalid("A batch holds PRIVMSG or NOTICE, nothing else")),
        };
        let Some(line) = line else { return Err(Fault::Invalid("A line of a batch has a text")) };
        if !fits {
            return Err(Fault::Invalid("A line is too long to be sent on with its source"));
        }
        letter.add(speech, target, line, continues)
    });
}

/// A line that could not be read spoils the batch that is open: it may have been part of it.
pub(super) fn spoil(session: &mut Session) {
    if session.composition().is_some_and(Composition::is_open) {
        session.fail_composition(&Fault::Invalid("A line could not be read"));
    }
}

/// The batch that the line belongs to. Without the capability the tag means nothing, unless a batch
/// was tried.
pub(super) fn reference_of(session: &Session, message: &Message<'_>) -> Option<String> {
    let matters = session.has(Cap::Multiline) || session.composition().is_some();
    let tag = || message.tag("batch").filter(|reference| !reference.is_empty());
    if matters && !message.tags.is_empty() { tag() } else { None }
}
