-- What is forgotten when, and where the chain of a room was cut off then.

-- Rules of single rooms, in the place of the general one; 0: without a limit.
CREATE TABLE retention (
    room    INTEGER PRIMARY KEY REFERENCES rooms (id),
    days    INTEGER NOT NULL CHECK (days >= 0),
    entries INTEGER NOT NULL CHECK (entries >= 0)
) STRICT;

-- The last entry of each room that is gone: its place is not given out again, and the chain goes on behind it.
CREATE TABLE forgotten (
    room INTEGER PRIMARY KEY,
    seq  INTEGER NOT NULL,
    at   INTEGER NOT NULL,
    link BLOB                                         -- none if that was from before the chain
) STRICT;

-- Messages that are gone, until the search index has forgotten them too.
CREATE TABLE unindexed (
    id INTEGER PRIMARY KEY
) STRICT;
