-- Erasures of people's data (EraseSubject), kept for good: after a restore, those made since the backup are replayed.
-- Whose data it was is known by keyed hashes alone; they are NULL where the erasure follows from another service's.
-- `stage` and `position` say how far it is; `body` is the message.
CREATE TABLE erasure (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  subject_index BINARY(16) NULL,
  caller_index BINARY(16) NULL,
  actor_index BINARY(16) NULL,
  stage VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  position VARBINARY(64) NOT NULL,
  complete_time DATETIME(6) NULL,
  body BLOB NOT NULL,
  KEY erasure_open (complete_time, id)
) ENGINE=InnoDB;

-- Resources in which something was erased, while the erasure runs.
CREATE TABLE erasure_row (
  erasure BINARY(16) NOT NULL,
  name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (erasure, name)
) ENGINE=InnoDB;
