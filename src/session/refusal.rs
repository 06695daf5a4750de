//! From a refusal to its reply: the one place where the journal's reasons become numerics.

use crate::protocol::Numeric;
use crate::protocol::numeric as n;
use crate::room::{Denied, Mode};

use super::Session;

impl Session {
    /// Tells the client why its command did not happen. `target` is what it was aimed at.
    pub fn refuse(&mut self, command: &str, target: &str, denied: &Denied) {
        match denied {
            Denied::NoSuchRoom => self.numeric(n::ERR_NOSUCHCHANNEL, &[target]),
            Denied::NoSuchNick(_) => self.numeric(n::ERR_NOSUCHNICK, &[target]),
            Denied::NotMember => self.numeric(n::ERR_NOTONCHANNEL, &[target]),
            Denied::TargetNotMember(nick) => self.numeric(n::ERR_USERNOTINCHANNEL, &[nick.as_str(), target]),
            Denied::TargetIsMember(nick) => self.numeric(n::ERR_USERONCHANNEL, &[nick.as_str(), target]),
            Denied::NotFounder => {
                let text = "Only the founder of this room may do that";
                self.numeric(Numeric { text, ..n::ERR_CHANOPRIVSNEEDED }, &[target]);
            }
            Denied::IsFounder(_) => {
                let text = "Nothing can be done against the founder of this room";
                self.numeric(Numeric { text, ..n::ERR_CHANOPRIVSNEEDED }, &[target]);
            }
            Denied::FounderNeedsAccount => {
                let text = "Only somebody who is signed in can be the founder of a room";
                self.numeric(Numeric { text, ..n::ERR_CHANOPRIVSNEEDED }, &[target]);
            }
            Denied::NotOperator => self.numeric(n::ERR_CHANOPRIVSNEEDED, &[target]),
            Denied::NoSuchMessage => {
                self.fail(command, "UNKNOWN_MSGID", &[target], "There is no such message");
            }
            Denied::CannotSpeak => self.numeric(n::ERR_CANNOTSENDTOCHAN, &[target]),
            Denied::WrongKey => self.numeric(n::ERR_BADCHANNELKEY, &[target]),
            Denied::InviteOnly => self.numeric(n::ERR_INVITEONLYCHAN, &[target]),
            Denied::Full => self.numeric(n::ERR_CHANNELISFULL, &[target]),
            Denied::Banned => self.numeric(n::ERR_BANNEDFROMCHAN, &[target]),
            Denied::TooManyRooms => self.numeric(n::ERR_TOOMANYCHANNELS, &[target]),
            Denied::NoMoreRooms => {
                let text =
                    "There are as many rooms as there may be: join one of them, or ask an administrator";
                self.numeric(Numeric { text, ..n::ERR_TOOMANYCHANNELS }, &[target]);
            }
            Denied::ListFull(list) => {
                let letter = Mode::List(*list).letter().to_string();
                self.numeric(n::ERR_BANLISTFULL, &[target, &letter]);
            }
            Denied::TooManyKeys => {
                let text = "There is no room for another key: remove one first";
                self.fail(command, "LIMIT_REACHED", &[target], text);
            }
            Denied::NickInUse(nick) => self.numeric(n::ERR_NICKNAMEINUSE, &[nick.as_str()]),
            Denied::RegisteredOnly => self.numeric(n::ERR_NEEDREGGEDNICK, &[target]),
            Denied::CtcpRefused => self.numeric(n::ERR_NOCTCP, &[target]),
            Denied::NotConnected => self.close("You are not connected any more"),
            Denied::NeedsAccount => self.numeric(n::ERR_NEEDREGGEDNICK, &[target]),
            Denied::NeedsAccountToSpeak => {
                let text = "Cannot send to this room: only who is signed in may speak (+M)";
                self.numeric(Numeric { text, ..n::ERR_CANNOTSENDTOCHAN }, &[target]);
            }
            Denied::NoCtcp => {
                let text = "Cannot send to this room: it takes no CTCP but ACTION (+C)";
                self.numeric(Numeric { text, ..n::ERR_CANNOTSENDTOCHAN }, &[target]);
            }
            Denied::BannedFromNick(room) => self.numeric(n::ERR_BANNICKCHANGE, &[target, room.as_str()]),
            Denied::RoomNameInUse(name) => {
                let text = "Another room goes by this name";
                self.fail(command, "CHANNEL_NAME_IN_USE", &[target, name.as_str()], text);
            }
            Denied::RenamedRecently(name) => {
                let text = "The room was renamed a moment ago; try again in some seconds";
                self.fail(command, "CANNOT_RENAME", &[target, name.as_str()], text);
            }
            Denied::Unavailable => {
                let text = "The message store is unavailable; nothing was sent, try again";
                self.fail(command, "MESSAGE_ERROR", &[target], text);
            }
        }
    }
}
