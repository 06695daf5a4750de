-- Files that people sent, and the messages that carry them.

CREATE TABLE uploads (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    key       TEXT NOT NULL UNIQUE,               -- 128 random bits, as they stand in the address
    hash      TEXT NOT NULL,                      -- SHA-256 of the content, the name of its file
    account   INTEGER REFERENCES accounts (id) ON DELETE SET NULL,  -- who sent it
    name      TEXT NOT NULL,                      -- as its sender calls it
    kind      TEXT NOT NULL,                      -- a media type, found in the content
    bytes     INTEGER NOT NULL CHECK (bytes >= 0),
    width     INTEGER,                            -- of a picture
    height    INTEGER,
    stored_at INTEGER NOT NULL
) STRICT;
CREATE INDEX uploads_hash ON uploads (hash);
-- With the sizes, so that the sums are read from it alone.
CREATE INDEX uploads_account ON uploads (account, bytes);

CREATE TABLE upload_places (
    upload INTEGER NOT NULL REFERENCES uploads (id) ON DELETE CASCADE,
    room   INTEGER NOT NULL,
    seq    INTEGER NOT NULL,
    PRIMARY KEY (upload, room, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX upload_places_entry ON upload_places (room, seq);
