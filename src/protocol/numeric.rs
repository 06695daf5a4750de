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
    RPL_LUSERCHANNELS = 254, "rooms";
    RPL_LUSERME = 255, "";
    RPL_AWAY = 301, "";
    RPL_USERHOST = 302, "";
    RPL_ISON = 303, "";
    RPL_UNAWAY = 305, "You are no longer marked as being away";
    RPL_NOWAWAY = 306, "You have been marked as being away";
    RPL_WHOISUSER = 311, "";
    RPL_WHOISSERVER = 312, "";
    RPL_WHOISOPERATOR = 313, "is an administrator";
    RPL_ENDOFWHO = 315, "End of WHO list";
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
    RPL_INVITING = 341, "";
    RPL_VERSION = 351, "";
    RPL_WHOREPLY = 352, "";
    RPL_NAMREPLY = 353, "";
    RPL_WHOSPCRPL = 354, "";
    RPL_ENDOFNAMES = 366, "End of NAMES list";
    RPL_BANLIST = 367, "";
    RPL_ENDOFBANLIST = 368, "End of ban list";
    RPL_MOTD = 372, "";
    RPL_MOTDSTART = 375, "";
    RPL_ENDOFMOTD = 376, "End of MOTD";
    RPL_WHOISSECURE = 671, "is using a secure connection";
    RPL_TIME = 391, "";
    ERR_NOSUCHNICK = 401, "No such nick";
    ERR_NOSUCHCHANNEL = 403, "No such room";
    ERR_CANNOTSENDTOCHAN = 404, "Cannot send to this room";
    ERR_TOOMANYCHANNELS = 405, "You are in too many rooms";
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
    ERR_USERNOTINCHANNEL = 441, "They aren't in that room";
    ERR_NOTONCHANNEL = 442, "You're not in that room";
    ERR_USERONCHANNEL = 443, "is already in the room";
    ERR_NOTREGISTERED = 451, "You have not registered";
    ERR_NEEDMOREPARAMS = 461, "Not enough parameters";
    ERR_ALREADYREGISTERED = 462, "You may not register again";
    ERR_CHANNELISFULL = 471, "Cannot join: the room is full (+l)";
    ERR_UNKNOWNMODE = 472, "is an unknown mode";
    ERR_INVITEONLYCHAN = 473, "Cannot join: only by invitation (+i)";
    ERR_BANNEDFROMCHAN = 474, "Cannot join: you are banned (+b)";
    ERR_BADCHANNELKEY = 475, "Cannot join: wrong key (+k)";
    ERR_BADCHANMASK = 476, "A room's name begins with # and has no spaces, commas or colons";
    ERR_BANLISTFULL = 478, "The list is full";
    ERR_CHANOPRIVSNEEDED = 482, "You're not an operator of that room";
    ERR_UMODEUNKNOWNFLAG = 501, "Unknown user mode";
    ERR_USERSDONTMATCH = 502, "You can't change the modes of others";
    ERR_INVALIDMODEPARAM = 696, "";
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
