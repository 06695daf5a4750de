-- A message's edits are found through the message that they name, to be erased with it.
CREATE INDEX entries_edits ON entries (room, json_extract(detail, '$.original.seq')) WHERE kind = 8;
