-- Who is disabled is looked for among all accounts, and is rare among them; most that are disabled
-- were deleted.
CREATE INDEX users_disabled ON users (id) WHERE status = 'disabled' AND deleted_at IS NULL;
