//! Read markers: how far a user has read. An account's are in the store, a guest's end with the
//! session. Source: IRCv3 draft/read-marker.

use crate::clock::Timestamp;
use crate::limits;
use crate::protocol::Line;
use crate::store::Error;

use super::{Session, Stage};

impl Session {
    /// Sends how far the user has read under this target.
    pub async fn read_marker(&mut self, target: &str) {
        let folded = target.to_ascii_lowercase();
        let stored = match (self.account(), self.registered()) {
            (Some((account, _)), _) => self.service.store.read_marker(*account, &folded).await,
            (None, Some(guest)) => Ok(guest.markers.get(&folded).copied()),
            (None, None) => Ok(None),
        };
        match stored {
            Ok(stored) => self.show_marker(target, stored),
            Err(_) => self.marker_unavailable(target),
        }
    }

    /// Moves the read marker forward and sends where it stands; whether that is where it was to go.
    pub async fn advance_read_marker(&mut self, target: &str, at: Timestamp) -> bool {
        let folded = target.to_ascii_lowercase();
        let moved = match self.account() {
            Some((account, _)) => self.service.store.advance_read_marker(*account, &folded, at).await,
            None => self.advance_guest_marker(folded, at),
        };
        match moved {
            Ok(stored) => self.show_marker(target, Some(stored)),
            Err(_) => self.marker_unavailable(target),
        }
        moved.is_ok_and(|stored| stored == at)
    }

    fn advance_guest_marker(&mut self, folded: String, at: Timestamp) -> Result<Timestamp, Error> {
        let Stage::Registered(guest) = &mut self.stage else { return Ok(at) };
        if guest.markers.len() >= limits::READ_MARKERS_MAX && !guest.markers.contains_key(&folded) {
            return Err(Error::Unavailable("too many read markers".into()));
        }
        let marker = guest.markers.entry(folded).or_insert(at);
        *marker = (*marker).max(at);
        Ok(*marker)
    }

    fn show_marker(&mut self, target: &str, at: Option<Timestamp>) {
        let shown = at.map_or_else(|| "*".to_owned(), |at| format!("timestamp={at}"));
        self.send(Line::new("MARKREAD").param(target).param(shown));
    }

    fn marker_unavailable(&mut self, target: &str) {
        self.fail("MARKREAD", "INTERNAL_ERROR", &[target], "Read markers are unavailable");
    }
}
