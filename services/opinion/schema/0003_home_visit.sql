-- Home visits. `household` is a keyed hash of the door.
CREATE TABLE home_visit (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  area VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  state INT NOT NULL,
  outcome INT NOT NULL,
  campaign VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  household BINARY(16) NULL,
  body MEDIUMBLOB NOT NULL,
  sealed MEDIUMBLOB NULL,
  KEY home_visit_area (area, state, id),
  KEY home_visit_household (household, id)
) ENGINE=InnoDB;

-- Whoever plans or makes a visit to a household takes its row first: until when it is left in peace hangs on it.
CREATE TABLE household (
  household BINARY(16) NOT NULL PRIMARY KEY,
  refused_until DATETIME(6) NULL
) ENGINE=InnoDB;
