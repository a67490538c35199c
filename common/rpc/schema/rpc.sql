-- Requests that were carried out, with what was answered (sealed), so that the same request does nothing twice.
CREATE TABLE request_log (
  caller BINARY(16) NOT NULL,
  request_id BINARY(16) NOT NULL,
  part INT NOT NULL DEFAULT 0,
  content BINARY(16) NOT NULL,
  reply MEDIUMBLOB NOT NULL,
  expire_time DATETIME(6) NOT NULL,
  PRIMARY KEY (caller, request_id, part),
  KEY request_log_expire (expire_time)
) ENGINE=InnoDB;
