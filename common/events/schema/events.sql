-- The event log. `body` is the serialized event without seq and hash; both are given after the commit.
CREATE TABLE event_log (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  seq BIGINT NULL,
  hash BINARY(32) NULL,
  subject VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  version BIGINT NOT NULL,
  ordinal INT NOT NULL,
  area VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  type VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  record_time DATETIME(6) NOT NULL,
  body MEDIUMBLOB NOT NULL,
  UNIQUE KEY event_log_seq (seq),
  UNIQUE KEY event_log_subject (subject, version, ordinal)
) ENGINE=InnoDB;

-- Random ids that stand for people in the log. Deleting a row makes the person unknown to it.
CREATE TABLE actor (
  subject_index BINARY(16) NOT NULL PRIMARY KEY,
  actor_id BINARY(16) NOT NULL,
  subject VARBINARY(512) NOT NULL,
  UNIQUE KEY actor_id (actor_id)
) ENGINE=InnoDB;

-- Events that a reader could not apply, with all later ones of their subject.
CREATE TABLE event_parked (
  reader VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  seq BIGINT NOT NULL,
  subject VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  reason VARCHAR(255) NOT NULL,
  park_time DATETIME(6) NOT NULL,
  body MEDIUMBLOB NOT NULL,
  PRIMARY KEY (reader, seq),
  KEY event_parked_subject (reader, subject)
) ENGINE=InnoDB;
