-- A second factor: the secret that codes are made from, and codes for who has lost the device that makes them.

CREATE TABLE totp (
    account      INTEGER PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    secret       BLOB NOT NULL,                       -- as it is: codes can't be checked by a hash of it
    confirmed_at INTEGER,                             -- NULL: not in force, its owner has shown no code yet
    step         INTEGER NOT NULL DEFAULT 0           -- of the last code that was taken; none is good twice
) STRICT;

CREATE TABLE recovery_codes (
    account INTEGER NOT NULL REFERENCES totp (account) ON DELETE CASCADE,
    hash    TEXT NOT NULL,                            -- SHA-256; the code itself is not stored
    PRIMARY KEY (account, hash)
) STRICT, WITHOUT ROWID;
