-- The index of what was said. Made from the journal, and made anew whenever in doubt.

-- "srch": tells the file from somebody else's database.
PRAGMA application_id = 1936876392;

-- A row for each message, under the id of its entry: words apart by spaces, made by
-- src/store/search/words.rs, so that the tokenizer has nothing to decide. Behind those of the text
-- stand some that no text holds, for they begin with a sign that is in no word:
--   §r5s3             the room and the sight
--   §n626f62 §a626f62 the nick and, unless a guest, the account, in hexadecimal
-- In one column, for three cost a tenth more. The texts are kept, for only so can a row be taken out
-- of the index without a trace.
CREATE VIRTUAL TABLE messages USING fts5 (
    words, tokenize = 'ascii', prefix = '2 3', columnsize = 0
);
INSERT INTO messages (messages, rank) VALUES ('secure-delete', 1);

-- Which entry was taken in last, and what stood there: another database would have another.
CREATE TABLE cursor (
    one  INTEGER PRIMARY KEY CHECK (one = 1),
    form INTEGER NOT NULL,                            -- of the words
    id   INTEGER NOT NULL,
    room INTEGER NOT NULL,
    seq  INTEGER NOT NULL,
    at   INTEGER NOT NULL
) STRICT;
