-- Secret addresses at which programs say something in a room, each in the name of an account.

CREATE TABLE webhooks (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,     -- never given out twice
    room       INTEGER NOT NULL REFERENCES rooms (id),
    account    INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    hash       TEXT NOT NULL UNIQUE,                  -- SHA-256; the secret itself is not stored
    label      TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    used_at    INTEGER
) STRICT;
CREATE INDEX webhooks_account ON webhooks (account);
