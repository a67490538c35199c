-- Opinions. `body` is the message without its personal fields, which are in `sealed`.
CREATE TABLE opinion (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  area VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  state INT NOT NULL,
  channel INT NOT NULL,
  category VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  about_staff TINYINT NOT NULL,
  stall VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  reporter BINARY(16) NULL,
  due_time DATETIME(6) NULL,
  body MEDIUMBLOB NOT NULL,
  sealed MEDIUMBLOB NULL,
  KEY opinion_area (area, state, id),
  KEY opinion_stall (stall, id),
  KEY opinion_reporter (reporter, id),
  KEY opinion_due (state, due_time)
) ENGINE=InnoDB;

-- From a receipt code (its blind index) to the opinion.
CREATE TABLE receipt (
  code BINARY(16) NOT NULL PRIMARY KEY,
  opinion BINARY(16) NOT NULL,
  KEY receipt_opinion (opinion)
) ENGINE=InnoDB;

-- Who has the same matter (blind index of the subject), once each.
CREATE TABLE opinion_support (
  opinion BINARY(16) NOT NULL,
  supporter BINARY(16) NOT NULL,
  PRIMARY KEY (opinion, supporter)
) ENGINE=InnoDB;
