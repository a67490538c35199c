-- Posts. In every table `body` is the message without its personal fields, which are in `sealed`.
CREATE TABLE post (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  area VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  role INT NOT NULL,
  state INT NOT NULL,
  organisation VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  body MEDIUMBLOB NOT NULL,
  sealed MEDIUMBLOB NULL,
  KEY post_area (area, state, role)
) ENGINE=InnoDB;

-- Volunteers. `subject` is a blind index, NULL once they have left; `areas`, where they help, is NULL for
-- those who help in their own area.
CREATE TABLE volunteer (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  area VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  state INT NOT NULL,
  subject BINARY(16) NULL,
  external_number VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  skills VARCHAR(700) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  areas VARCHAR(700) CHARACTER SET ascii COLLATE ascii_bin NULL,
  body MEDIUMBLOB NOT NULL,
  sealed MEDIUMBLOB NULL,
  UNIQUE KEY volunteer_subject (subject),
  UNIQUE KEY volunteer_external_number (external_number),
  KEY volunteer_area (area, state),
  KEY volunteer_areas (areas)
) ENGINE=InnoDB;

-- Projects.
CREATE TABLE project (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  area VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  state INT NOT NULL,
  field INT NOT NULL,
  post BINARY(16) NULL,
  body MEDIUMBLOB NOT NULL,
  sealed MEDIUMBLOB NULL,
  KEY project_area (area, state),
  KEY project_post (post, state)
) ENGINE=InnoDB;

-- Activities. How many places are taken stands in the row: whoever changes that locks it.
CREATE TABLE activity (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  area VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  state INT NOT NULL,
  kind INT NOT NULL,
  project BINARY(16) NULL,
  body MEDIUMBLOB NOT NULL,
  sealed MEDIUMBLOB NULL,
  KEY activity_area (area, state),
  KEY activity_project (project)
) ENGINE=InnoDB;

-- Sign-ups of volunteers for shifts.
CREATE TABLE sign_up (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  activity BINARY(16) NOT NULL,
  shift INT NOT NULL,
  volunteer BINARY(16) NOT NULL,
  state INT NOT NULL,
  start_time DATETIME(6) NOT NULL,
  end_time DATETIME(6) NOT NULL,
  queue_number BIGINT NOT NULL,
  body MEDIUMBLOB NOT NULL,
  sealed MEDIUMBLOB NULL,
  KEY sign_up_activity (activity, shift, state, queue_number),
  KEY sign_up_volunteer (volunteer, state, end_time)
) ENGINE=InnoDB;

-- Tasks.
CREATE TABLE task (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  area VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  state INT NOT NULL,
  volunteer BINARY(16) NULL,
  order_id BINARY(16) NULL,
  accept_time DATETIME(6) NULL,
  body MEDIUMBLOB NOT NULL,
  sealed MEDIUMBLOB NULL,
  KEY task_area (area, state),
  KEY task_volunteer (volunteer, state),
  KEY task_order (order_id),
  KEY task_accept (accept_time, volunteer)
) ENGINE=InnoDB;
