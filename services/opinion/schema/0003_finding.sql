-- What an opinion is found by: fingerprint and search terms of its text, keyed hashes, sealed. There is none of what
-- is about staff.
CREATE TABLE opinion_extract (
  opinion BINARY(16) NOT NULL PRIMARY KEY,
  sealed BLOB NOT NULL
) ENGINE=InnoDB;
