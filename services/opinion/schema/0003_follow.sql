-- Who follows an opinion (blind index of the subject), and because of which other one that was merged into it (zeros:
-- by themself).
CREATE TABLE opinion_follower (
  opinion BINARY(16) NOT NULL,
  follower BINARY(16) NOT NULL,
  because BINARY(16) NOT NULL,
  PRIMARY KEY (opinion, follower, because),
  KEY opinion_follower_follower (follower, opinion)
) ENGINE=InnoDB;

-- By when the earliest thing is owed on it; NULL: nothing is. What is there already stands with its answer until it
-- changes, since only the service can read the rest.
ALTER TABLE opinion
  ADD COLUMN owed_time DATETIME(6) NULL,
  ADD KEY opinion_owed (owed_time, area);
UPDATE opinion SET owed_time = due_time WHERE state IN (1, 2, 7, 8, 9, 11);
