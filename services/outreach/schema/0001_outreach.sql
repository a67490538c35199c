-- Venues. `live_name` is the display name while the venue is in use.
CREATE TABLE venue (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  area VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  kind INT NOT NULL,
  state INT NOT NULL,
  live_name VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  body MEDIUMBLOB NOT NULL,
  sealed MEDIUMBLOB NULL,
  UNIQUE KEY venue_live_name (area, live_name),
  KEY venue_area (area, id)
) ENGINE=InnoDB;

CREATE TABLE lecturer (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  area VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  kind INT NOT NULL,
  body MEDIUMBLOB NOT NULL,
  sealed MEDIUMBLOB NULL,
  KEY lecturer_area (area, id)
) ENGINE=InnoDB;

-- `community` is the area down to street level: there a series' name is unique.
CREATE TABLE series (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  area VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  community VARCHAR(9) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  display_name VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  state INT NOT NULL,
  body MEDIUMBLOB NOT NULL,
  sealed MEDIUMBLOB NULL,
  UNIQUE KEY series_name (community, display_name),
  KEY series_area (area, id)
) ENGINE=InnoDB;

CREATE TABLE class_round (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  area VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  series VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  body MEDIUMBLOB NOT NULL,
  sealed MEDIUMBLOB NULL,
  KEY class_round_area (area, id),
  KEY class_round_series (series, id)
) ENGINE=InnoDB;

CREATE TABLE class_session (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  area VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  state INT NOT NULL,
  series VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  round VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  venue VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  start_time DATETIME(6) NULL,
  body MEDIUMBLOB NOT NULL,
  sealed MEDIUMBLOB NULL,
  KEY class_session_area (area, state, id),
  KEY class_session_series (series, id),
  KEY class_session_round (round, id),
  KEY class_session_venue (venue, id),
  KEY class_session_start (start_time)
) ENGINE=InnoDB;

-- When a place (a venue or a lecturer, by name) is taken by a session. Read and written only under the lock
-- of the place's own row.
CREATE TABLE booking (
  place VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  session BINARY(16) NOT NULL,
  start_time DATETIME(6) NOT NULL,
  end_time DATETIME(6) NOT NULL,
  PRIMARY KEY (place, session),
  KEY booking_start (place, start_time),
  KEY booking_session (session)
) ENGINE=InnoDB;

-- Enrolments. `person` is the blind index of whose it is; `live_person` the same unless WITHDRAWN.
CREATE TABLE enrolment (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  session BINARY(16) NOT NULL,
  state INT NOT NULL,
  queue_number BIGINT NOT NULL,
  heads INT NOT NULL,
  person BINARY(16) NULL,
  live_person BINARY(16) NULL,
  body MEDIUMBLOB NOT NULL,
  sealed MEDIUMBLOB NULL,
  UNIQUE KEY enrolment_live (session, live_person),
  KEY enrolment_queue (session, state, queue_number),
  KEY enrolment_person (person, id)
) ENGINE=InnoDB;
