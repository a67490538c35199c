-- In which building a stall is, whatever the unit, and whether it was held (1), is still to come (0), or will not be
-- (NULL): who waits how long is one step in the index for each building.
ALTER TABLE stall
  ADD COLUMN building VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin
    GENERATED ALWAYS AS (SUBSTRING_INDEX(area, '-', 3)) VIRTUAL,
  ADD COLUMN held TINYINT
    GENERATED ALWAYS AS (CASE WHEN state IN (2, 3, 4) THEN 1 WHEN state = 1 THEN 0 END) VIRTUAL,
  ADD KEY stall_building (building, held, start_time);

-- When whom (blind index of the subject) a stall that is planned or open keeps busy.
CREATE TABLE stall_booking (
  member BINARY(16) NOT NULL,
  stall BINARY(16) NOT NULL,
  start_time DATETIME(6) NOT NULL,
  end_time DATETIME(6) NOT NULL,
  PRIMARY KEY (member, stall),
  KEY stall_booking_stall (stall)
) ENGINE=InnoDB;

-- Only the service can read who is in a team: it books the stalls that are there already one by one.
INSERT INTO timer (subject, kind, area, due_time, back_dated)
SELECT CONCAT('stalls/', LOWER(CONCAT_WS('-', SUBSTR(HEX(id), 1, 8), SUBSTR(HEX(id), 9, 4), SUBSTR(HEX(id), 13, 4),
                                         SUBSTR(HEX(id), 17, 4), SUBSTR(HEX(id), 21, 12)))),
       'BOOK', area, UTC_TIMESTAMP(6), 0
FROM stall WHERE state IN (1, 2);

-- One row, which every commit of a rotation changes first: they follow each other.
CREATE TABLE rotation (
  id TINYINT NOT NULL PRIMARY KEY,
  commits BIGINT NOT NULL
) ENGINE=InnoDB;
INSERT INTO rotation (id, commits) VALUES (1, 0);
