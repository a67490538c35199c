-- Check-ins that phones collected without a network, whether they count or not. A nonce is decided once.
CREATE TABLE offline_check_in (
  nonce BINARY(16) NOT NULL PRIMARY KEY,
  session BINARY(16) NOT NULL,
  upload_time DATETIME(6) NOT NULL,
  check_in BLOB NOT NULL,
  outcome BLOB NOT NULL,
  KEY offline_check_in_session (session)
) ENGINE=InnoDB;
