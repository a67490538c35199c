-- Tables of db_test.
CREATE TABLE person (
  id BINARY(16) NOT NULL PRIMARY KEY,
  name VARCHAR(100) NOT NULL COMMENT 'semicolons; [brackets] \\ and "quotes" and 汉字 come through',
  card VARBINARY(64),
  photo LONGBLOB,
  born DATETIME(6),
  UNIQUE KEY uq_person_name (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE account (
  name VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  balance BIGINT NOT NULL
) ENGINE=InnoDB;

INSERT INTO account (name, balance) VALUES
  ('a', 100),
  ('b', 100);
