-- Stalls.
CREATE TABLE stall (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  area VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  state INT NOT NULL,
  campaign VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  start_time DATETIME(6) NOT NULL,
  body MEDIUMBLOB NOT NULL,
  sealed MEDIUMBLOB NULL,
  KEY stall_area (area, state, id)
) ENGINE=InnoDB;

-- Who sits at an open stall (blind index of the subject): nobody at two.
CREATE TABLE stall_member (
  member BINARY(16) NOT NULL PRIMARY KEY,
  stall BINARY(16) NOT NULL,
  KEY stall_member_stall (stall)
) ENGINE=InnoDB;

-- What happened at a stall, from the events of all services.
CREATE TABLE stall_day (
  stall BINARY(16) NOT NULL PRIMARY KEY,
  heads_taught BIGINT NOT NULL,
  opinions_taken BIGINT NOT NULL,
  matters_settled BIGINT NOT NULL,
  services_given BIGINT NOT NULL
) ENGINE=InnoDB;
