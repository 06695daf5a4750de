-- The chain: each entry carries a hash over itself and over the hash of the one before it in its room,
-- so that nothing can be changed or left out unseen. Entries from before have none.
ALTER TABLE entries ADD COLUMN salt BLOB;    -- 16 random bytes; erased with the content that they hide
ALTER TABLE entries ADD COLUMN digest BLOB;  -- SHA-256 of the content, kept when that is erased
ALTER TABLE entries ADD COLUMN link BLOB;    -- SHA-256
