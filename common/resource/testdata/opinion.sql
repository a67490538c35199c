-- A table as services have them; `order` is a word of SQL.
CREATE TABLE opinion (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  body MEDIUMBLOB NOT NULL,
  sealed MEDIUMBLOB NULL,
  area VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  state BIGINT NOT NULL,
  due_time DATETIME(6) NULL,
  `order` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  phone_index BINARY(16) NULL,
  KEY by_area (area, id)
) ENGINE=InnoDB;
