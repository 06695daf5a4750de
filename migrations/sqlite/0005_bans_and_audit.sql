-- Bans of accounts and addresses, and what administrators and operators did.

CREATE TABLE bans (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    target     TEXT NOT NULL UNIQUE,                  -- account:NAME (folded), or a network as 192.0.2.0/24
    reason     TEXT,
    creator    TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER
) STRICT;

-- A row is written before what it tells of is done; outcome says what came of it.
CREATE TABLE audit (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    at      INTEGER NOT NULL,
    who     TEXT NOT NULL,
    action  TEXT NOT NULL,
    target  TEXT,
    detail  TEXT,
    outcome TEXT NOT NULL CHECK (outcome IN ('begun', 'done', 'failed', 'refused'))
) STRICT;
-- Refused ones are counted and dropped apart from the others.
CREATE INDEX audit_refused ON audit (id) WHERE outcome = 'refused';

-- The modes of accounts that stay in their rooms while they are away.
CREATE TABLE user_modes (
    account INTEGER PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    modes   TEXT NOT NULL                             -- letters
) STRICT;
