// A schema that an earlier release left, with data in it, under this release.
#include "absl/strings/str_cat.h"
#include "common/db/migrate.h"
#include "common/db/schema/migrations.h"
#include "common/testing/suite.h"
#include "firstfloor/outreach/v1/venue_service.pb.h"
#include "services/outreach/furnish.h"
#include "services/outreach/outreach_fixture.h"

namespace firstfloor::outreach {
namespace {

// This migration makes the figures anew from the log; later ones leave them.
constexpr int kFiguresAnew = 2;

void ExpectTakenOver(testing::MariaDb& server, size_t earlier) {
  db::Connection connection(server.NewSchema(absl::StrCat("outreach", earlier)));
  const absl::Span<const db::Migration> all = schema::Migrations();
  ASSERT_TRUE(db::Migrate(connection, all.subspan(0, earlier)).ok());
  ASSERT_EQ(*db::SchemaVersion(connection), all[earlier - 1].number);

  v1::Venue venue;
  venue.set_display_name("lobby");
  const std::string body = venue.SerializeAsString();
  ASSERT_TRUE(connection
                  .Execute("INSERT INTO venue (id, version, area, kind, state, live_name, body) "
                           "VALUES (?, 1, ?, 1, 1, 'lobby', ?)",
                           {db::Value(std::string(16, 'v')), db::Value(kBuilding), db::Value(body)})
                  .ok());
  ASSERT_TRUE(connection
                  .Execute("INSERT INTO booking (place, session, start_time, end_time) VALUES (?, ?, ?, ?)",
                           {db::Value("venues/1"), db::Value(std::string(16, 's')), db::Value(May(12, 9)),
                            db::Value(May(12, 10))})
                  .ok());

  ASSERT_TRUE(connection
                  .Execute("INSERT INTO statistic (series, area, day, value) VALUES "
                           "('outreach.sessions', '34', '2023-05-12', 1)")
                  .ok());
  ASSERT_TRUE(connection
                  .Execute("INSERT INTO log_position (name, epoch, beat, seq, hash) VALUES "
                           "('reader/outreach/statistics', 3, 9, 7, 'hash')")
                  .ok());

  const absl::StatusOr<std::vector<int>> applied = db::Migrate(connection, all);
  ASSERT_TRUE(applied.ok()) << applied.status();
  EXPECT_EQ(applied->size(), all.size() - earlier);
  EXPECT_EQ(*db::SchemaVersion(connection), all.back().number);
  const absl::StatusOr<db::Rows> venues = connection.Query("SELECT body FROM venue");
  ASSERT_TRUE(venues.ok()) << venues.status();
  ASSERT_EQ(venues->size(), 1u);
  EXPECT_EQ(venues->front().Text(0), body);
  EXPECT_EQ(connection.Query("SELECT 1 FROM booking")->size(), 1u);
  for (const std::string table :
       {"offline_check_in", "question", "answer", "question_upvote", "feedback", "erasure"}) {
    const absl::StatusOr<db::Rows> rows = connection.Query("SELECT COUNT(*) FROM " + table);
    ASSERT_TRUE(rows.ok()) << rows.status();
    EXPECT_EQ(rows->front().Int(0), 0) << table;
  }
  const bool anew = all[earlier - 1].number < kFiguresAnew;
  EXPECT_EQ(connection.Query("SELECT 1 FROM statistic")->size(), anew ? 0u : 1u);
  EXPECT_EQ(connection.Query("SELECT seq FROM log_position")->front().Int(0), anew ? 0 : 7);
  EXPECT_TRUE(db::Migrate(connection, all)->empty());
}

TEST(OutreachMigration, EveryEarlierSchemaIsTakenOverWithItsData) {
  testing::MariaDb server;
  ASSERT_GE(schema::Migrations().size(), 2u);
  for (size_t earlier = 1; earlier < schema::Migrations().size(); ++earlier) {
    SCOPED_TRACE(earlier);
    ExpectTakenOver(server, earlier);
  }
}

}  // namespace
}  // namespace firstfloor::outreach
