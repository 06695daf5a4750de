-- Metadata: values under keys that an account or a room bears, for clients to show.

CREATE TABLE account_metadata (
    account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    key     TEXT NOT NULL,
    value   TEXT NOT NULL,
    PRIMARY KEY (account, key)
) STRICT, WITHOUT ROWID;

-- Erased when the room is dissolved, though the room's own row stays.
CREATE TABLE room_metadata (
    room  INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    key   TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (room, key)
) STRICT, WITHOUT ROWID;
