-- Who may act on a log, and how far it got: see common/db/position.h. Part of every service's first migration.
CREATE TABLE log_position (
  name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  epoch BIGINT NOT NULL,
  beat BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  hash VARBINARY(32) NOT NULL
) ENGINE=InnoDB;
