CREATE TABLE entry (
  transfer BIGINT NOT NULL,
  account VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  amount BIGINT NOT NULL,
  PRIMARY KEY (transfer, account)
) ENGINE=InnoDB;
