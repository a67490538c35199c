-- What the tests' timers have done.
CREATE TABLE fired (
  number BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  subject VARCHAR(160) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  kind VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  due_time DATETIME(6) NOT NULL,
  occur_time DATETIME(6) NOT NULL,
  back_dated TINYINT NOT NULL
) ENGINE=InnoDB;
