-- The journal, the state it has led to, and the accounts.
-- Times are milliseconds since 1970; a missing text is NULL, not ''.

-- "chat": tells our file from somebody else's database.
PRAGMA application_id = 1667785076;

CREATE TABLE accounts (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,  -- never given out twice
    name          TEXT NOT NULL,
    folded        TEXT NOT NULL UNIQUE,
    skeleton      TEXT NOT NULL UNIQUE,               -- no look-alikes
    nick          TEXT NOT NULL,
    password_hash TEXT,
    role          TEXT NOT NULL CHECK (role IN ('member', 'admin')),
    suspended     INTEGER NOT NULL DEFAULT 0 CHECK (suspended IN (0, 1)),
    created_at    INTEGER NOT NULL,
    seen_at       INTEGER
) STRICT;

CREATE TABLE tokens (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    account    INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    hash       TEXT NOT NULL UNIQUE,                  -- SHA-256; the token itself is not stored
    label      TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    used_at    INTEGER
) STRICT;
CREATE INDEX tokens_account ON tokens (account);

CREATE TABLE certificates (
    fingerprint TEXT PRIMARY KEY,                     -- SHA-256 of the DER form
    account     INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    label       TEXT NOT NULL,
    created_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX certificates_account ON certificates (account);

CREATE TABLE invitations (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    code_hash  TEXT NOT NULL UNIQUE,                  -- SHA-256; the code itself is not stored
    role       TEXT NOT NULL CHECK (role IN ('member', 'admin')),
    uses_left  INTEGER NOT NULL CHECK (uses_left >= 0),
    expires_at INTEGER,
    created_at INTEGER NOT NULL,
    creator    TEXT NOT NULL
) STRICT;

CREATE TABLE read_markers (
    account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    target  TEXT NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (account, target)
) STRICT, WITHOUT ROWID;

-- A row outlives its room: its number must not be given out again, and its entries stay.
CREATE TABLE rooms (
    id         INTEGER PRIMARY KEY,
    name       TEXT,                                  -- of a named room
    folded     TEXT,
    one        TEXT,                                  -- the parties of a direct conversation
    other      TEXT,
    created_at INTEGER NOT NULL,
    settings   TEXT NOT NULL,                         -- JSON
    dissolved  INTEGER NOT NULL DEFAULT 0 CHECK (dissolved IN (0, 1)),
    CHECK ((name IS NULL) = (one IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX rooms_folded ON rooms (folded) WHERE dissolved = 0 AND folded IS NOT NULL;
CREATE UNIQUE INDEX rooms_parties ON rooms (one, other) WHERE dissolved = 0 AND one IS NOT NULL;

CREATE TABLE members (
    room     INTEGER NOT NULL REFERENCES rooms (id),
    account  INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    operator INTEGER NOT NULL CHECK (operator IN (0, 1)),
    voice    INTEGER NOT NULL CHECK (voice IN (0, 1)),
    PRIMARY KEY (room, account)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_account ON members (account);

-- The journal. Only ever appended to; seq has no gaps in a room and at never runs backwards.
-- No reference to rooms: the check would be paid by every message.
CREATE TABLE entries (
    id      INTEGER PRIMARY KEY,
    room    INTEGER NOT NULL,
    seq     INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    kind    INTEGER NOT NULL,                         -- below 10: a message to be read
    version INTEGER NOT NULL,                         -- of the form that this kind is stored in
    source  TEXT NOT NULL,                            -- nick!user@host, as it was then
    account TEXT,
    bot     INTEGER NOT NULL CHECK (bot IN (0, 1)),
    target  TEXT NOT NULL,
    body    TEXT NOT NULL,
    tags    TEXT,
    detail  TEXT,                                     -- JSON
    UNIQUE (room, seq)
) STRICT;
-- A page of messages must not cost more in a room where people mostly come and go.
CREATE INDEX entries_messages ON entries (room, seq) WHERE kind < 10;
