//! Settings that are one of a few words.

use std::fmt;

use super::value::{Context, Kind, Scalar};

macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$variant_doc])* $variant,)* }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$variant => $word,)* })
            }
        }

        impl Scalar for $name {
            const KIND: Kind = Kind::Text;

            fn scalar(text: &str, _: &Context<'_>) -> Result<Self, String> {
                match text {
                    $($word => Ok(Self::$variant),)*
                    _ => Err(format!("{text:?} is none of: {}", [$($word),*].join(", "))),
                }
            }
        }
    };
}

choice! {
    /// Who may make an account.
    Registration {
        /// Who has an invitation.
        Invite = "invite",
        /// Everybody.
        Open = "open",
        /// Nobody; administrators make accounts.
        Closed = "closed",
    }
}

choice! {
    /// Whether an account has an e-mail address.
    RegistrationEmail {
        /// None is kept.
        None = "none",
        /// Who wants to may say one.
        Optional = "optional",
        /// Nobody registers without one.
        Required = "required",
    }
}

choice! {
    /// Who may fetch a file.
    UploadAudience {
        /// Who may read a message that carries it.
        Members = "members",
        /// Whoever has its address.
        Link = "link",
    }
}

choice! {
    /// The form of the log.
    LogFormat {
        /// One line an event, for people.
        Text = "text",
        /// One JSON object a line, for programs.
        Json = "json",
    }
}
