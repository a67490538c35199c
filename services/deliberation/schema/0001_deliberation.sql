-- Orders. `body` is the message without its personal fields, which are in `sealed`.
CREATE TABLE service_order (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  area VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  state INT NOT NULL,
  assignee INT NOT NULL,
  resident BINARY(16) NULL,
  body MEDIUMBLOB NOT NULL,
  sealed MEDIUMBLOB NULL,
  KEY service_order_area (area, state, id),
  KEY service_order_resident (resident, id)
) ENGINE=InnoDB;

-- Cases.
CREATE TABLE deliberation_case (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  area VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  state INT NOT NULL,
  kind INT NOT NULL,
  topic VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  body MEDIUMBLOB NOT NULL,
  sealed MEDIUMBLOB NULL,
  KEY deliberation_case_area (area, state, id),
  KEY deliberation_case_topic (topic, id)
) ENGINE=InnoDB;

-- Who is a side of which case, by the blind index of the subject.
CREATE TABLE case_side (
  subject BINARY(16) NOT NULL,
  case_id BINARY(16) NOT NULL,
  PRIMARY KEY (subject, case_id)
) ENGINE=InnoDB;

-- Posts as the service volunteer told of them: what orders are routed by.
CREATE TABLE known_post (
  name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  area VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  role VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  vacant TINYINT NOT NULL,
  deputised TINYINT NOT NULL,
  KEY known_post_area (area, role)
) ENGINE=InnoDB;
