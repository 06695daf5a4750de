-- Whether an account stays in its rooms without a session; NULL: as the server's settings say.
ALTER TABLE accounts ADD COLUMN always_on INTEGER CHECK (always_on IN (0, 1));
