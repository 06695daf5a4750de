//! The numeric table: replies that bear a number, with their usual text.
//!
//! Source: RFC 2812 section 5, modern.ircdocs.horse.

/// A reply's number and what it says when nothing better is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Numeric {
    /// Three digits.
    pub code: u16,
    /// The last parameter; empty where the reply has no fixed text.
    pub text: &'static str,
}

impl Numeric {
    /// The three digits.
    #[must_use]
    pub fn digits(self) -> String {
        format!("{:03}", self.code)
    }
}

macro_rules! numerics {
    ($($name:ident = $code:literal, $text:literal;)*) => {
        $(#[doc = concat!("Numeric ", stringify!($code), ".")]
        pub const $name: Numeric = Numeric { code: $code, text: $text };)*

        /// All of them, with their names.
        pub const ALL: &[(&str, Numeric)] = &[$((stringify!($name), $name),)*];
    };
}

numerics! {
    RPL_WELCOME = 1, "";
    RPL_YOURHOST = 2, "";
    RPL_CREATED = 3, "";
    RPL_MYINFO = 4, "";
    RPL_ISUPPORT = 5, "are supported by this server";
    RPL_UMODEIS = 221, "";
    RPL_LUSERCLIENT = 251, "";
    RPL_LUSEROP = 252, "administrators online";
    RPL_LUSERUNKNOWN = 253, "connections that are not in yet";
    RPL_LUSERCHANNELS = 254, "rooms";
    RPL_LUSERME = 255, "";
    RPL_LOCALUSERS = 265, "";
    RPL_GLOBALUSERS = 266, "";
    RPL_ACCEPTLIST = 281, "";
    RPL_ENDOFACCEPT = 282, "End of the accepted";
    RPL_AWAY = 301, "";
    RPL_USERHOST = 302, "";
    RPL_ISON = 303, "";
    RPL_UNAWAY = 305, "You are no longer marked as being away";
    RPL_NOWAWAY = 306, "You have been marked as being away";
    RPL_WHOISUSER = 311, "";
    RPL_WHOISSERVER = 312, "";
    RPL_WHOISOPERATOR = 313, "is an administrator";
    RPL_WHOWASUSER = 314, "";
    RPL_ENDOFWHO = 315, "End of WHO list";
    RPL_WHOISIDLE = 317, "seconds idle, signed on at";
    RPL_ENDOFWHOIS = 318, "End of WHOIS list";
    RPL_WHOISCHANNELS = 319, "";
    RPL_LISTSTART = 321, "Users  Name";
    RPL_LIST = 322, "";
    RPL_LISTEND = 323, "End of LIST";
    RPL_CHANNELMODEIS = 324, "";
    RPL_CREATIONTIME = 329, "";
    RPL_WHOISACCOUNT = 330, "is logged in as";
    RPL_NOTOPIC = 331, "No topic is set";
    RPL_TOPIC = 332, "";
    RPL_TOPICWHOTIME = 333, "";
    RPL_WHOISBOT = 335, "is a bot";
    RPL_INVITELIST = 336, "";
    RPL_ENDOFINVITELIST = 337, "End of INVITE list";
    RPL_WHOISACTUALLY = 338, "is at this address";
    RPL_INVITING = 341, "";
    RPL_INVEXLIST = 346, "";
    RPL_ENDOFINVEXLIST = 347, "End of invite exception list";
    RPL_EXCEPTLIST = 348, "";
    RPL_ENDOFEXCEPTLIST = 349, "End of ban exception list";
    RPL_VERSION = 351, "";
    RPL_WHOREPLY = 352, "";
    RPL_NAMREPLY = 353, "";
    RPL_WHOSPCRPL = 354, "";
    RPL_ENDOFNAMES = 366, "End of NAMES list";
    RPL_BANLIST = 367, "";
    RPL_ENDOFBANLIST = 368, "End of ban list";
    RPL_ENDOFWHOWAS = 369, "End of WHOWAS";
    RPL_INFO = 371, "";
    RPL_MOTD = 372, "";
    RPL_ENDOFINFO = 374, "End of INFO";
    RPL_MOTDSTART = 375, "";
    RPL_ENDOFMOTD = 376, "End of MOTD";
    RPL_WHOISHOST = 378, "";
    RPL_WHOISMODES = 379, "";
    RPL_YOUREOPER = 381, "You are an operator now";
    RPL_WHOISSECURE = 671, "is using a secure connection";
    RPL_TIME = 391, "";
    ERR_NOSUCHNICK = 401, "No such nick";
    ERR_NOSUCHCHANNEL = 403, "No such room";
    ERR_CANNOTSENDTOCHAN = 404, "Cannot send to this room";
    ERR_TOOMANYCHANNELS = 405, "You are in too many rooms";
    ERR_WASNOSUCHNICK = 406, "There was no such nick lately";
    ERR_TOOMANYTARGETS = 407, "Too many targets";
    ERR_NOORIGIN = 409, "No origin specified";
    ERR_INVALIDCAPCMD = 410, "Invalid CAP subcommand";
    ERR_NORECIPIENT = 411, "No recipient given";
    ERR_NOTEXTTOSEND = 412, "No text to send";
    ERR_INPUTTOOLONG = 417, "Input line was too long";
    ERR_UNKNOWNCOMMAND = 421, "Unknown command";
    ERR_NOMOTD = 422, "There is no message of the day";
    ERR_NONICKNAMEGIVEN = 431, "No nickname given";
    ERR_ERRONEUSNICKNAME = 432, "Erroneous nickname";
    ERR_NICKNAMEINUSE = 433, "Nickname is already in use";
    ERR_BANNICKCHANGE = 435, "Cannot change nickname while that room bans you; leave it first";
    ERR_USERNOTINCHANNEL = 441, "They aren't in that room";
    ERR_NOTONCHANNEL = 442, "You're not in that room";
    ERR_USERONCHANNEL = 443, "is already in the room";
    ERR_NOTREGISTERED = 451, "You have not registered";
    ERR_NEEDMOREPARAMS = 461, "Not enough parameters";
    ERR_ALREADYREGISTERED = 462, "You may not register again";
    ERR_PASSWDMISMATCH = 464, "Password incorrect";
    ERR_YOUREBANNEDCREEP = 465, "";
    ERR_CHANNELISFULL = 471, "Cannot join: the room is full (+l)";
    ERR_UNKNOWNMODE = 472, "is an unknown mode";
    ERR_INVITEONLYCHAN = 473, "Cannot join: only by invitation (+i)";
    ERR_BANNEDFROMCHAN = 474, "Cannot join: you are banned (+b)";
    ERR_BADCHANNELKEY = 475, "Cannot join: wrong key (+k)";
    ERR_BADCHANMASK = 476, "A room's name begins with # and has no spaces, commas or colons";
    ERR_NEEDREGGEDNICK = 477, "Only for those who are signed in to an account (+R)";
    ERR_BANLISTFULL = 478, "The list is full";
    ERR_NOPRIVILEGES = 481, "Only operators of the server may";
    ERR_CHANOPRIVSNEEDED = 482, "You're not an operator of that room";
    ERR_NOCTCP = 492, "They accept no CTCP";
    ERR_UMODEUNKNOWNFLAG = 501, "Unknown user mode";
    ERR_USERSDONTMATCH = 502, "You can't change the modes of others";
    ERR_HELPNOTFOUND = 524, "No help on this; HELP alone lists all";
    ERR_INVALIDMODEPARAM = 696, "";
    RPL_HELPSTART = 704, "";
    RPL_HELPTXT = 705, "";
    RPL_ENDOFHELP = 706, "End of HELP";
    RPL_MONONLINE = 730, "";
    RPL_MONOFFLINE = 731, "";
    RPL_MONLIST = 732, "";
    RPL_ENDOFMONLIST = 733, "End of MONITOR list";
    ERR_MONLISTFULL = 734, "Monitor list is full: remove somebody with MONITOR - or MONITOR C";
    RPL_WHOISKEYVALUE = 760, "";
    RPL_KEYVALUE = 761, "";
    RPL_KEYNOTSET = 766, "This key is not set";
    RPL_METADATASUBOK = 770, "";
    RPL_METADATAUNSUBOK = 771, "";
    RPL_METADATASUBS = 772, "";
    RPL_METADATASYNCLATER = 774, "";
    RPL_LOGGEDIN = 900, "";
    RPL_SASLSUCCESS = 903, "SASL authentication successful";
    ERR_SASLFAIL = 904, "SASL authentication failed";
    ERR_SASLTOOLONG = 905, "SASL message too long";
    ERR_SASLABORTED = 906, "SASL authentication aborted";
    ERR_SASLALREADY = 907, "You have already authenticated";
    RPL_SASLMECHS = 908, "are available SASL mechanisms";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_number_stands_twice() {
        let mut codes: Vec<_> = ALL.iter().map(|(_, numeric)| numeric.code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), ALL.len());
        assert_eq!(RPL_WELCOME.digits(), "001");
    }
}
