//! Every bound of the server in one place: nothing that grows is without one.
//!
//! Constants are part of the protocol we announce; [`Limits`] holds what an operator may set.

/// Bytes of a nick or an account name (ISUPPORT `NICKLEN`).
pub const NICK_BYTES_MAX: usize = 32;
/// Bytes of an e-mail address. Source: RFC 5321, section 4.5.3.1.
pub const EMAIL_BYTES_MAX: usize = 254;
/// Bytes of what stands before its `@`. Source: as above.
pub const EMAIL_LOCAL_BYTES_MAX: usize = 64;
/// Bytes of a room name, `#` included (ISUPPORT `CHANNELLEN`).
pub const ROOM_NAME_BYTES_MAX: usize = 64;
/// Bytes of a user name (ISUPPORT `USERLEN`).
pub const USER_BYTES_MAX: usize = 20;
/// Bytes of a real name (ISUPPORT `NAMELEN`).
pub const REAL_NAME_BYTES_MAX: usize = 150;
/// Bytes of a topic (ISUPPORT `TOPICLEN`).
pub const TOPIC_BYTES_MAX: usize = 307;
/// Bytes of a kick's, part's or quit's reason (ISUPPORT `KICKLEN`).
pub const REASON_BYTES_MAX: usize = 307;
/// Bytes of a renaming's reason, beside two names of rooms.
pub const RENAMING_REASON_BYTES_MAX: usize = 200;
/// Bytes of an away text (ISUPPORT `AWAYLEN`).
pub const AWAY_BYTES_MAX: usize = 200;
/// Bytes of a room's key (ISUPPORT `KEYLEN`).
pub const KEY_BYTES_MAX: usize = 32;
/// Bytes of a mask in a list.
pub const MASK_BYTES_MAX: usize = 120;
/// Read markers of one user.
pub const READ_MARKERS_MAX: usize = 10_000;
/// Entries of all of a room's lists together (ISUPPORT `MAXLIST`).
pub const LIST_ENTRIES_MAX: usize = 100;
/// Roles that a room keeps for accounts that left it; the oldest gives way.
pub const KEPT_ROLES_MAX: usize = 100;
/// Seconds between two renamings of a room: each shows the whole room again to all who are in it.
pub const RENAMING_INTERVAL_S: i64 = 10;
/// What a room that comes to be costs in the flood limit, beside the JOIN.
pub const NEW_ROOM_COST: u32 = 10;
/// Invitations to a room that nobody has followed yet; the oldest gives way.
pub const INVITED_MAX: usize = 100;
/// Guests whom one user lets speak to them; the oldest gives way.
pub const ACCEPTED_MAX: usize = 100;
/// Users who left and are remembered for WHOWAS; the oldest gives way.
pub const DEPARTED_MAX: usize = 1000;
/// Bans of accounts and addresses at one time.
pub const BANS_MAX: usize = 10_000;
/// Bans in one answer to BANS, the latest; chatctl lists all.
pub const BANS_SHOWN_MAX: usize = 500;
/// Rows of the audit log that were done or failed; the oldest gives way.
pub const AUDIT_ROWS_MAX: usize = 100_000;
/// Rows of the audit log that strangers can cause, apart from the others so that they push out none of them.
pub const AUDIT_REFUSED_ROWS_MAX: usize = 1000;
/// Rows of the audit log about what people did with their own credentials, apart from the others as well.
pub const AUDIT_OWN_ROWS_MAX: usize = 5000;
/// Bytes of a text in the audit log.
pub const AUDIT_TEXT_BYTES_MAX: usize = 500;
/// Mode changes in one command (ISUPPORT `MODES`).
pub const MODE_CHANGES_MAX: usize = 20;
/// Rooms of one NAMES (ISUPPORT `TARGMAX`): each answer is as long as the room is full.
pub const NAMES_TARGETS_MAX: usize = 4;
/// Targets of one PRIVMSG, NOTICE or KICK (ISUPPORT `TARGMAX`).
pub const TARGETS_MAX: usize = 20;

/// Bytes of one message of several lines, a line end counted as one. Source: IRCv3 draft/multiline.
pub const MULTILINE_BYTES_MAX: usize = 4096;
/// Lines of one message. Source: as above.
pub const MULTILINE_LINES_MAX: usize = 32;
/// Client tags of a message of several lines are repeated on each line up to this size, for those
/// who get the lines one by one; larger ones stand on the first only.
pub const REPEATED_TAGS_BYTES_MAX: usize = 512;
/// The name that a client gives to a batch of its own.
pub const BATCH_REFERENCE_BYTES_MAX: usize = 64;
/// Redacted messages of a room that are remembered in memory: more than can be redacted between
/// looking a message up and deciding.
pub const REDACTED_MAX: usize = 64;
/// Redactions that are under way at one time when all that an account said is erased.
pub const ERASURES_UNDER_WAY_MAX: usize = 32;
/// Edits of one message that are named when it is redacted; all of them are erased.
pub const REDACTED_EDITS_MAX: usize = 50;
/// Nicks that one session watches (ISUPPORT `MONITOR`).
pub const WATCHED_MAX: usize = 100;
/// Nicks that did not fit, in one line that says so.
pub const WATCHED_FULL_LEN_MAX: usize = 8;
/// Bytes of one key of metadata; with a value and a room's name it must fit into a line.
pub const METADATA_KEY_BYTES_MAX: usize = 32;
/// Bytes of one value of metadata (capability value `max-value-bytes`).
pub const METADATA_VALUE_BYTES_MAX: usize = 300;
/// Keys that one user or room bears (capability value `max-keys`).
pub const METADATA_KEYS_MAX: usize = 20;
/// Keys that one session subscribes to (capability value `max-subs`).
pub const METADATA_SUBS_MAX: usize = 50;
/// Values that a session is shown at once; it asks for what is left.
pub const METADATA_PAGE_LEN_MAX: usize = 500;
/// Changes of metadata that a session may make at once.
pub const METADATA_BURST: u32 = 30;
/// Changes of metadata a second that it may go on with.
pub const METADATA_PER_SECOND: u32 = 1;

/// A line without its tags, CR LF included. Source: RFC 2812, section 2.3.
pub const LINE_BYTES_MAX: usize = 512;
/// A client's tags, `@` and space included. Source: IRCv3 message-tags, size limits.
pub const CLIENT_TAGS_BYTES_MAX: usize = 4096;
/// The server's tags on one line, `@` and space included. Source: as above.
pub const SERVER_TAGS_BYTES_MAX: usize = 4096;
/// A line that does not end by then ends the session.
pub const ENDLESS_LINE_BYTES_MAX: usize = 16 * 1024;
/// Parameters of one line. Source: RFC 2812, section 2.3.
pub const PARAMS_MAX: usize = 15;
/// A label. Source: IRCv3 labeled-response.
pub const LABEL_BYTES_MAX: usize = 64;
/// One line of AUTHENTICATE. Source: IRCv3 sasl-3.1.
pub const SASL_CHUNK_BYTES: usize = 400;
/// All of one SASL answer, decoded.
pub const SASL_BYTES_MAX: usize = 4096;
/// A password: longer ones only make the hash a weapon.
pub const PASSWORD_BYTES_MAX: usize = 1024;

/// Intents that wait for the writer, of all sessions together.
pub const WRITER_QUEUE_LEN_MAX: usize = 4096;
/// Intents that the writer commits together.
pub const BATCH_LEN_MAX: usize = 1024;
/// Intents of one session that are under way; then it is not read from until one is done.
pub const IN_FLIGHT_MAX: usize = 128;
/// Bytes that wait for one session, shared with all who wait for the same: some 1,400 messages of 100
/// characters. Beyond, it lags and reads the gap from the store.
pub const INBOX_BYTES_MAX: usize = 512 * 1024;
/// Entries that a lagging session reads back at once.
pub const GAP_PAGE_LEN: usize = 256;
/// Bytes rendered but not yet written; beyond, the session renders nothing more.
pub const OUTBOUND_BYTES_MAX: usize = 256 * 1024;

/// The head of an HTTP request: its first line and its fields.
pub const HTTP_HEAD_BYTES_MAX: usize = 16 * 1024;
/// Requests that one HTTP connection may send at once: a first visit fetches some hundred files.
pub const HTTP_BURST: u32 = 500;
/// Requests a second that it may go on with; others wait.
pub const HTTP_PER_SECOND: u32 = 50;
/// Requests of one HTTP/2 connection that are answered at one time.
pub const HTTP_STREAMS_MAX: u32 = 64;
/// Fields in the head of an HTTP request.
pub const HTTP_FIELDS_MAX: usize = 64;
/// Seconds after the handshake's deadline in which a browser has fetched the files of the web client.
pub const HTTP_CONNECTION_S_MAX: u64 = 60;
/// Seconds for which a browser keeps a page's token after the last visit: half a year.
pub const COOKIE_S_MAX: u64 = 180 * 24 * 60 * 60;
/// Milliseconds after which another use of a token is noted: a program may use it with every request.
pub const TOKEN_USE_NOTED_MS: i64 = 60_000;
/// The body of a request about a browser's session.
pub const SESSION_BODY_BYTES_MAX: usize = 4 * 1024;
/// The body of a request to the API or to a webhook.
pub const API_BODY_BYTES_MAX: usize = 64 * 1024;
/// Accounts, webhooks, and addresses, whose pace is remembered; those that are slow enough give way.
pub const RATE_BUCKETS_MAX: usize = 10_000;
/// Exports of what somebody said at one time, of everybody; others wait.
pub const EXPORTS_MAX: usize = 2;
/// Entries that an export looks at in one step.
pub const EXPORT_SPAN_LEN: u32 = 5000;
/// Webhooks of one room.
pub const WEBHOOKS_PER_ROOM_MAX: usize = 20;
/// Connections that ask for health and metrics at one time; others wait.
pub const HEALTH_CONNECTIONS_MAX: usize = 8;
/// Bytes of the web's address.
pub const WEB_URL_BYTES_MAX: usize = 100;
/// Files on their way in at one time, of everybody.
pub const UPLOADS_ARRIVING_MAX: usize = 32;
/// Files on their way in at one time, of one account.
pub const UPLOADS_ARRIVING_PER_ACCOUNT_MAX: usize = 4;
/// Files that an account may send at once.
pub const UPLOAD_BURST: u32 = 20;
/// Files a minute that it may go on with.
pub const UPLOADS_PER_MINUTE: u32 = 10;
/// Seconds that a file on its way, in or out, may stand still.
pub const FILE_IDLE_S_MAX: u64 = 30;
/// Bytes a second, on the whole, that a file on its way must make beyond the first minute.
pub const FILE_BYTES_PER_SECOND_MIN: u64 = 4 * 1024;
/// Bytes of a file that are read at once.
pub const FILE_CHUNK_BYTES: usize = 64 * 1024;
/// Reads of files at one time, of everybody; others wait.
pub const FILE_READS_MAX: usize = 16;
/// Characters of the name that a sender gives to a file.
pub const FILE_NAME_CHARS_MAX: usize = 120;
/// Pixels of a picture that is made small; a larger one has no small form.
pub const PICTURE_PIXELS_MAX: u64 = 40_000_000;
/// Width and height of such a picture.
pub const PICTURE_SIDE_MAX: u32 = 20_000;
/// Memory that unpacking one picture may take; one is unpacked at a time.
pub const PICTURE_MEMORY_BYTES_MAX: u64 = 192 * 1024 * 1024;
/// Width of a small picture.
pub const THUMBNAIL_WIDTH_MAX: u32 = 640;
/// Height of a small picture.
pub const THUMBNAIL_HEIGHT_MAX: u32 = 480;
/// Addresses of uploads in one message that count; more of them let nobody see the files.
pub const UPLOADS_PER_MESSAGE_MAX: usize = 20;
/// Messages carrying an upload that are looked at, to find one that somebody may read.
pub const UPLOAD_PLACES_MAX: usize = 500;
/// Contents of removed uploads that wait to be deleted; others are at the next start.
pub const UPLOADS_LET_GO_MAX: usize = 10_000;
/// A PROXY header in words, CR LF included. Source: PROXY protocol, section 2.1.
pub const PROXY_LINE_BYTES_MAX: usize = 107;
/// A PROXY header in bytes, with all it says beside the addresses.
pub const PROXY_HEADER_BYTES_MAX: usize = 4 * 1024;

/// Words of one search, those of its phrases together; a text without spaces has one a character.
pub const SEARCH_WORDS_MAX: usize = 64;
/// Characters of a word in the search index; what a longer one ends with is not looked at.
pub const WORD_CHARS_MAX: usize = 64;
/// Rooms and conversations of one search that names none: those with the latest messages.
pub const SEARCH_ROOMS_MAX: usize = 1000;
/// Searches at one time, of everybody; others wait.
pub const SEARCHES_MAX: usize = 2;
/// Entries that are taken into the search index at once. Each time makes a segment that is merged
/// later, so a few large ones are cheaper than many small ones.
pub const INDEX_BATCH_LEN: usize = 8000;
/// Words that the search index gathers before it writes a segment; less than
/// [`INDEX_BATCH_LEN`] messages have would make several of each batch.
pub const INDEX_HASH_BYTES: i64 = 8 * 1024 * 1024;
/// Entries that are kept after their commit until the search index takes them in. If it is further
/// behind, it reads them from the database.
pub const APPENDED_LEN_MAX: usize = 2 * INDEX_BATCH_LEN;

/// Rooms whose last hash is kept in memory, some 60 bytes each; of others it is read when they are
/// written to.
pub const CHAIN_HEADS_MAX: usize = 100_000;
/// Entries that are deleted at one time by the rules of retention: a write that nobody feels.
pub const FORGOTTEN_LEN: usize = 200;
/// Pages that are given back to the disk at one time.
pub const PAGES_GIVEN_BACK_LEN: u32 = 256;
/// How often it is looked at what is to be forgotten.
pub const RETENTION_INTERVAL_S: u64 = 15 * 60;
/// Newest entries of the history that are looked at when the server starts.
pub const CHECKED_AT_START_LEN: usize = 1000;
/// Faults of a history that are listed; the others are counted.
pub const FAULTS_LISTED_MAX: usize = 1000;
/// Entries that are passed over one by one where a database can't be read, before the rest of the
/// room is given up.
pub const UNREADABLE_MAX: u64 = 1000;

/// Connections of chatctl that are served at one time; others wait.
pub const ADMIN_CONNECTIONS_MAX: usize = 8;
/// One request of chatctl, its line end included.
pub const ADMIN_REQUEST_BYTES_MAX: usize = 16 * 1024;
/// One answer to chatctl, its line end included.
pub const ADMIN_ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Seconds for chatctl to send its request, and for it to read the answer.
pub const ADMIN_TIMEOUT_S: u64 = 10;
/// Seconds that chatctl waits for an answer; more than the store may take to fail.
pub const ADMIN_ANSWER_TIMEOUT_S: u64 = 15;
/// Lines of one kind in the log at once; then one a second.
pub const LOG_BURST_LEN_MAX: u64 = 1_000;
/// Rooms in which somebody speaks, in one answer to chatctl.
pub const ADMIN_LIVELY_ROOMS_MAX: usize = 1_000;
/// Seconds that chatctl waits until all that an account said is erased.
pub const ADMIN_ERASURE_TIMEOUT_S: u64 = 24 * 3600;
/// Entries in one answer to chatctl.
pub const ADMIN_PAGE_LEN_MAX: usize = 500;
/// Files in one answer to chatctl.
pub const ADMIN_FILES_LEN_MAX: usize = 10_000;
/// Rows of the audit log in one answer to chatctl.
pub const ADMIN_AUDIT_LEN_MAX: usize = 10_000;
/// Tokens of one account, and its client certificates.
pub const CREDENTIALS_MAX: usize = 100;
/// Bytes of what a token or a client certificate is said to be for.
pub const CREDENTIAL_LABEL_BYTES_MAX: usize = 100;
/// Invitations that can be used at one time.
pub const INVITATIONS_MAX: usize = 1000;
/// Accounts that can be made with one invitation.
pub const INVITATION_USES_MAX: u32 = 10_000;

/// What an operator may set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections at one time, of everybody.
    pub sessions_max: usize,
    /// Connections at one time from one address (an IPv6 /64 counts as one).
    pub sessions_per_address_max: usize,
    /// Those of them that nobody has signed in on yet, of everybody.
    pub unregistered_max: usize,
    /// The same from one address.
    pub unregistered_per_address_max: usize,
    /// Connections that one address may begin at once.
    pub connects_burst: u32,
    /// Connections a second that it may go on with; 0 switches the limit off.
    pub connects_per_second: u32,
    /// Whether this machine's own addresses are held to these limits on strangers and on new connections.
    pub limit_loopback: bool,
    /// Rooms there may be, direct conversations not among them.
    pub rooms_max: usize,
    /// Rooms a user may be in (ISUPPORT `CHANLIMIT`).
    pub rooms_per_user_max: usize,
    /// Messages in one CHATHISTORY answer (ISUPPORT `CHATHISTORY`).
    pub history_page_len_max: usize,
    /// Messages in the answer to one SEARCH.
    pub search_page_len_max: usize,
    /// Messages shown on joining to clients that can't ask for history.
    pub replay_len: usize,
    /// Seconds for the TLS handshake.
    pub handshake_timeout_s: u64,
    /// Seconds for registration, the handshake not counted.
    pub registration_timeout_s: u64,
    /// Seconds of silence after which a peer is pinged.
    pub ping_interval_s: u64,
    /// Seconds a pinged peer has to say anything, and a blocked peer to read anything.
    pub ping_timeout_s: u64,
    /// Seconds that a batch of a client may wait for its next line.
    pub batch_timeout_s: u64,
    /// Commands a session may send at once.
    pub flood_burst: u32,
    /// Commands a second that it may go on with; 0 switches this limit and that of bytes off.
    pub flood_per_second: u32,
    /// Bytes of commands that a session may send at once.
    pub flood_bytes_burst: u32,
    /// Bytes a second that it may go on with.
    pub flood_bytes_per_second: u32,
}

impl Limits {
    /// Bytes a second that a session may go on with; 0: the limit is off.
    #[must_use]
    pub fn bytes_per_second(&self) -> u32 {
        if self.flood_per_second == 0 { 0 } else { self.flood_bytes_per_second }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            sessions_max: 20_000,
            sessions_per_address_max: 256,
            unregistered_max: 4000,
            unregistered_per_address_max: 128,
            connects_burst: 200,
            connects_per_second: 10,
            limit_loopback: false,
            rooms_max: 20_000,
            rooms_per_user_max: 100,
            history_page_len_max: 100,
            search_page_len_max: 100,
            replay_len: 50,
            handshake_timeout_s: 10,
            registration_timeout_s: 60,
            ping_interval_s: 90,
            ping_timeout_s: 60,
            batch_timeout_s: 30,
            flood_burst: 60,
            flood_per_second: 10,
            flood_bytes_burst: 128 * 1024,
            flood_bytes_per_second: 16 * 1024,
        }
    }
}
