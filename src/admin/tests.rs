//! The operations and the socket, without a server around them.
