-- The e-mail address that the owner of an account gave; nothing is sent there.
ALTER TABLE accounts ADD COLUMN email TEXT;
