-- What the test readers did: one row an event, and how often it took effect.
CREATE TABLE taken (
  reader VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  event_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  place BIGINT NOT NULL AUTO_INCREMENT,
  seq BIGINT NOT NULL,
  subject VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  times INT NOT NULL,
  PRIMARY KEY (reader, event_id),
  KEY taken_place (place)
) ENGINE=InnoDB;

-- Something that changes: its version goes with its events.
CREATE TABLE thing (
  name VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL
) ENGINE=InnoDB;
