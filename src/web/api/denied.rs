//! From a refusal to its problem: the one place where the journal's reasons become a status.

use axum::http::StatusCode;

use crate::room::Denied;
use crate::web::Problem;

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        let status = match &denied {
            Denied::NoSuchRoom | Denied::NoSuchNick(_) | Denied::NoSuchMessage => StatusCode::NOT_FOUND,
            Denied::Unavailable | Denied::NotConnected => StatusCode::SERVICE_UNAVAILABLE,
            Denied::NickInUse(_) | Denied::RoomNameInUse(_) | Denied::RenamedRecently(_) => {
                StatusCode::CONFLICT
            }
            Denied::NotMember
            | Denied::TargetNotMember(_)
            | Denied::TargetIsMember(_)
            | Denied::NotOperator
            | Denied::NotFounder
            | Denied::IsFounder(_)
            | Denied::FounderNeedsAccount
            | Denied::CannotSpeak
            | Denied::WrongKey
            | Denied::InviteOnly
            | Denied::Full
            | Denied::Banned
            | Denied::TooManyRooms
            | Denied::NoMoreRooms
            | Denied::ListFull(_)
            | Denied::TooManyKeys
            | Denied::RegisteredOnly
            | Denied::CtcpRefused
            | Denied::NeedsAccount
            | Denied::NeedsAccountToSpeak
            | Denied::NoCtcp
            | Denied::BannedFromNick(_) => StatusCode::FORBIDDEN,
        };
        Self::new(status, denied.to_string())
    }
}
