//! Signing in: before the client is in, or as a guest who is.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::auth::Proof;
use crate::clock::Timestamp;
use crate::ids::{RoomId, UserId};
use crate::journal::{Intent, SignedIn};
use crate::protocol::numeric as n;
use crate::protocol::{Cap, Line};
use crate::room::{Author, Denied, Member, ModeChange, Role, Room};
use crate::store::Head;
use crate::store::accounts::Account;

use super::reply::Cause;
use super::{Registered, Session, Stage, render, sanction};

/// Why a guest's session left what it saw of its account as another.
const GHOST_REASON: &str = "This is you from now on";

impl Session {
    /// Signs the session in to an account, and says so. A guest who is in brings their rooms along. It
    /// ends with what it signed in by.
    ///
    /// # Errors
    /// [`Denied`] if a guest could not be signed in; they stay what they are.
    pub async fn sign_in(&mut self, account: &Account, proof: Proof) -> Result<(), Denied> {
        self.note_proof(account, proof).await;
        let source = self.source();
        if let Some(registering) = self.registering() {
            registering.account = Some((account.id, account.name.clone()));
            registering.is_first_visit = account.seen_at.is_none();
        } else {
            // What it missed as a guest is shown to the guest.
            self.deliver().await;
            let (journal, inbox) = (self.service.journal.clone(), Arc::clone(&self.inbox));
            let intent = Intent::SignIn { account: account.id, inbox };
            journal.submit(self.id, self.command, self.user(), intent).await?;
            if let Stage::Registered(registered) = &mut self.stage {
                // Whatever happens now, this is whose session ends.
                registered.user = UserId::Account(account.id);
            }
        }
        let text = format!("You are now logged in as {}", account.name);
        let line = Line::new(n::RPL_LOGGEDIN.digits()).param(self.shown_nick()).param(source);
        self.send(line.param(&account.name).param(text));
        Ok(())
    }

    /// The roster knows by what it signs in before that is looked at again: whoever takes it away meanwhile
    /// finds the session, or the session finds it gone.
    async fn note_proof(&mut self, account: &Account, proof: Proof) {
        self.proof = Some(proof);
        if let Some(seat) = &self.seat {
            seat.proves(account.id, proof);
        }
        let store = &self.service.store;
        match proof {
            Proof::Password | Proof::PasswordAndCode => {}
            Proof::Token(id) => {
                let tokens = store.tokens(account.id).await;
                if !tokens.is_ok_and(|tokens| tokens.iter().any(|token| token.id == id)) {
                    self.close(sanction::REVOKED);
                }
            }
            Proof::Certificate => {
                let known = store.certificates(account.id).await;
                let own = self.peer.certificate.as_deref();
                if !known.is_ok_and(|known| known.iter().any(|one| Some(one.fingerprint.as_str()) == own)) {
                    self.close(sanction::CERTIFICATE_REMOVED);
                }
            }
        }
    }

    /// Shows what signing in has led to for a guest who was in; the first visit of an account
    /// begins in the default room.
    pub async fn settle_in(&mut self, account: &Account) {
        if self.registered().is_none() {
            return;
        }
        self.deliver().await;
        if account.seen_at.is_none()
            && let Some(room) = self.service.default_room.clone()
        {
            self.join(&room, None).await;
        }
    }

    /// Who the client is, as far as that is known, in the form of a line's source.
    fn source(&self) -> String {
        match self.service.journal.directory().user(self.user()) {
            Some(user) => user.author.to_string(),
            None if self.shown_nick() == "*" => "*".to_owned(),
            None => format!("{}!*@*", self.shown_nick()),
        }
    }

    /// The deliveries from here on are the account's.
    pub(super) async fn become_account(&mut self, signed_in: SignedIn) {
        let SignedIn { was, modes, ghost, kept, attached } = signed_in;
        let user = Arc::clone(&attached.user);
        let account = user.id.account().zip(user.author.account.clone());
        let new =
            Registered { user: user.id, nick: user.author.nick.clone(), account, markers: HashMap::new() };
        let Stage::Registered(guest) = std::mem::replace(&mut self.stage, Stage::Registered(new)) else {
            return;
        };
        let entered_at = self.service.clock.now();
        let stored = self.stored_account().await;
        if stored.as_ref().is_some_and(|account| account.suspended) {
            return self.close("Your account is suspended");
        }
        if self.is_refused_by_ban() {
            return;
        }
        self.show_transition(&was, ghost.as_deref(), &user.author);
        let change = user.modes.change_from(modes);
        if !change.is_empty() {
            self.send_as_self(Line::new("MODE").param(&user.author.nick).param(change));
        }
        self.show_own_metadata();
        for (room, head) in &attached.rooms {
            if let Some((_, before)) = kept.iter().find(|(id, _)| *id == room.id) {
                self.show_role(room.id, *before);
                // The entries of the transition have been told in other words.
                if !self.drained.lagging {
                    self.cursors.insert(room.id, head.seq);
                }
            }
        }
        self.forget_rooms_lost(&attached.rooms);
        self.bring_markers(&kept, guest.markers).await;
        let new = attached.rooms.into_iter().filter(|(room, _)| kept.iter().all(|(id, _)| *id != room.id));
        self.enter_rooms(new.collect(), stored, entered_at).await;
    }

    /// The client is one person who was called and shown differently.
    fn show_transition(&mut self, was: &Author, ghost: Option<&Author>, now: &Author) {
        let mut show = |line: String| self.push(format!("{line}\r\n").as_bytes(), Cause::Command);
        if let Some(ghost) = ghost {
            show(format!(":{ghost} QUIT :{GHOST_REASON}"));
        }
        if was.nick.as_str() != now.nick.as_str() {
            show(format!(":{was} NICK {}", now.nick));
        }
        if self.has(Cap::Chghost) {
            let line =
                format!(":{}!{}@{} CHGHOST {} {}\r\n", now.nick, was.user, was.host, now.user, now.host);
            self.push(line.as_bytes(), Cause::Command);
        }
    }

    /// What the account is in a room beyond what the guest was.
    fn show_role(&mut self, id: RoomId, before: Member) {
        let Some(room) = self.service.journal.directory().read().rooms.get(&id).cloned() else { return };
        let (user, nick) = (self.user(), self.shown_nick());
        let (Some(member), Some(name)) = (room.members.get(&user), room.name()) else { return };
        let Ok(nick) = crate::names::Nick::parse(nick) else { return };
        let roles = [
            (Role::Founder, member.founder && !before.founder),
            (Role::Operator, member.operator && !before.operator),
            (Role::Voice, member.voice && !before.voice),
        ];
        let gained = roles.into_iter().filter(|(_, gained)| *gained);
        let changes: Vec<ModeChange> =
            gained.map(|(role, _)| ModeChange::Role { role, on: true, user, nick: nick.clone() }).collect();
        if !changes.is_empty() {
            let server = self.service.name.clone();
            let line = format!(":{server} MODE {name} {}\r\n", render::mode_changes(&changes));
            self.push(line.as_bytes(), Cause::Command);
        }
    }

    /// Rooms that the guest was shown, and the account is not in: what says so was lost in a lag.
    /// The guest's conversations are over.
    fn forget_rooms_lost(&mut self, found: &[(Arc<Room>, Head)]) {
        let now = self.service.journal.directory().rooms_of(self.user());
        let known: HashSet<RoomId> = now.iter().chain(found).map(|(room, _)| room.id).collect();
        let lost: Vec<RoomId> = self.cursors.keys().filter(|id| !known.contains(id)).copied().collect();
        for id in lost {
            self.cursors.remove(&id);
            let room = self.service.journal.directory().read().rooms.get(&id).cloned();
            if let Some(name) = room.as_ref().and_then(|room| room.name()) {
                self.send_as_self(Line::new("PART").param(name));
            }
        }
    }

    /// How far the guest has read in the rooms that came along, the account has.
    async fn bring_markers(&mut self, kept: &[(RoomId, Member)], markers: HashMap<String, Timestamp>) {
        for (id, _) in kept {
            let room = self.service.journal.directory().read().rooms.get(id).cloned();
            let Some(name) = room.as_ref().and_then(|room| room.name()) else { continue };
            let at = markers.get(&name.as_str().to_ascii_lowercase()).copied();
            if let (Some(at), Some((account, _))) = (at, self.account()) {
                let folded = name.as_str().to_ascii_lowercase();
                if let Err(error) = self.service.store.advance_read_marker(*account, &folded, at).await {
                    tracing::debug!(%error, "a guest's read marker is lost");
                }
            }
            if self.has(Cap::ReadMarker) {
                self.read_marker(name.as_str()).await;
            }
        }
    }
}
