-- An account keeps its newest thousand sessions: each sign-in takes away what is beyond them. Which
-- these are must not depend on how many ended meanwhile.
CREATE INDEX session_live ON session (user_id, id) WHERE ended_at IS NULL;

DELETE FROM session
 USING (SELECT id, row_number() OVER (PARTITION BY user_id ORDER BY id DESC) AS nth
          FROM session WHERE ended_at IS NULL) AS live
 WHERE session.id = live.id AND live.nth > 1000;
