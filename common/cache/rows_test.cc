#include "common/cache/rows.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace firstfloor::cache {
namespace {

absl::Time fake_now;

absl::Time FakeNow() { return fake_now; }

bool Always() { return true; }

std::shared_ptr<const void> Value(int value) { return std::make_shared<const int>(value); }

void Keep(Rows& rows, absl::string_view name, int value) { rows.Put(name, rows.Begin(name), Value(value)); }

int Found(const Rows& rows, absl::string_view name) {
  const auto value = rows.Find(name);
  return value == nullptr ? -1 : *static_cast<const int*>(value.get());
}

TEST(Rows, GivesWhatWasPut) {
  Rows rows(100, Always);
  EXPECT_EQ(Found(rows, "opinions/1"), -1);
  Keep(rows, "opinions/1", 1);
  Keep(rows, "opinions/2", 2);
  EXPECT_EQ(Found(rows, "opinions/1"), 1);
  EXPECT_EQ(Found(rows, "opinions/2"), 2);
  Keep(rows, "opinions/1", 3);
  EXPECT_EQ(Found(rows, "opinions/1"), 3);
}

TEST(Rows, ForgetsWhatIsDropped) {
  Rows rows(100, Always);
  Keep(rows, "opinions/1", 1);
  rows.Drop("opinions/1");
  EXPECT_EQ(Found(rows, "opinions/1"), -1);
  Keep(rows, "opinions/1", 2);
  EXPECT_EQ(Found(rows, "opinions/1"), 2);
}

TEST(Rows, ADropBetweenBeginAndPutMakesThePutVoid) {
  Rows rows(100, Always);
  const Rows::Ticket before = rows.Begin("opinions/1");
  rows.Drop("opinions/1");
  rows.Put("opinions/1", before, Value(1));
  EXPECT_EQ(Found(rows, "opinions/1"), -1);
}

TEST(Rows, AClearBetweenBeginAndPutMakesThePutVoid) {
  Rows rows(100, Always);
  Keep(rows, "opinions/2", 2);
  const Rows::Ticket before = rows.Begin("opinions/1");
  rows.Clear();
  rows.Put("opinions/1", before, Value(1));
  EXPECT_EQ(Found(rows, "opinions/1"), -1);
  EXPECT_EQ(Found(rows, "opinions/2"), -1);
  EXPECT_EQ(rows.size(), 0u);
}

TEST(Rows, ADropOfOneNameSeldomVoidsAnother) {
  Rows rows(1000, Always);
  int kept = 0;
  for (int i = 0; i < 100; ++i) {
    const std::string name = absl::StrCat("opinions/mine", i);
    const Rows::Ticket ticket = rows.Begin(name);
    rows.Drop(absl::StrCat("opinions/neighbour", i));
    rows.Put(name, ticket, Value(i));
    if (Found(rows, name) == i) ++kept;
  }
  EXPECT_GE(kept, 95);
}

TEST(Rows, CountsLifeFromTheBeginAndNotFromThePut) {
  fake_now = absl::UnixEpoch();
  Rows rows(100, Always, absl::Seconds(1), FakeNow);
  const Rows::Ticket ticket = rows.Begin("opinions/1");
  fake_now += absl::Milliseconds(600);
  rows.Put("opinions/1", ticket, Value(1));
  fake_now += absl::Milliseconds(399);
  EXPECT_EQ(Found(rows, "opinions/1"), 1);
  fake_now += absl::Milliseconds(1);
  EXPECT_EQ(Found(rows, "opinions/1"), -1);
}

TEST(Rows, FindingDoesNotProlongLife) {
  fake_now = absl::UnixEpoch();
  Rows rows(100, Always, absl::Seconds(1), FakeNow);
  Keep(rows, "opinions/1", 1);
  for (int i = 0; i < 9; ++i) {
    fake_now += absl::Milliseconds(100);
    EXPECT_EQ(Found(rows, "opinions/1"), 1);
  }
  fake_now += absl::Milliseconds(100);
  EXPECT_EQ(Found(rows, "opinions/1"), -1);
}

TEST(Rows, ASlowSelectDoesNotReplaceALaterOne) {
  fake_now = absl::UnixEpoch();
  Rows rows(100, Always, absl::Seconds(1), FakeNow);
  const Rows::Ticket slow = rows.Begin("opinions/1");
  fake_now += absl::Milliseconds(10);
  Keep(rows, "opinions/1", 2);
  rows.Put("opinions/1", slow, Value(1));
  EXPECT_EQ(Found(rows, "opinions/1"), 2);
}

TEST(Rows, IsOffWhileTheBellIsNotHeard) {
  static bool heard;
  heard = true;
  Rows rows(100, [] { return heard; });
  Keep(rows, "opinions/1", 1);
  const Rows::Ticket begun_hearing = rows.Begin("opinions/2");
  heard = false;
  EXPECT_EQ(Found(rows, "opinions/1"), -1);
  rows.Put("opinions/2", begun_hearing, Value(2));
  const Rows::Ticket begun_deaf = rows.Begin("opinions/3");
  heard = true;
  rows.Put("opinions/3", begun_deaf, Value(3));
  EXPECT_EQ(Found(rows, "opinions/2"), -1);
  EXPECT_EQ(Found(rows, "opinions/3"), -1);
}

TEST(Rows, NeverHoldsMoreThanItsCapacity) {
  for (const size_t capacity : {0, 1, 5, 100, 1000}) {
    Rows rows(capacity, Always);
    for (int i = 0; i < 5000; ++i) Keep(rows, absl::StrCat("opinions/", i), i);
    EXPECT_LE(rows.size(), capacity);
    EXPECT_GE(rows.size(), capacity * 8 / 10);
  }
}

TEST(Rows, KeepsWhatIsUsed) {
  Rows rows(160, Always, absl::Hours(1));
  Keep(rows, "hot", 7);
  for (int i = 0; i < 5000; ++i) {
    Keep(rows, absl::StrCat("cold/", i), i);
    ASSERT_EQ(Found(rows, "hot"), 7);
  }
}

TEST(Rows, AValueOutlivesItsEntryForWhoeverHoldsIt) {
  Rows rows(100, Always);
  Keep(rows, "opinions/1", 1);
  const auto held = rows.Find("opinions/1");
  rows.Drop("opinions/1");
  EXPECT_EQ(*static_cast<const int*>(held.get()), 1);
}

// One writer changes a row and drops it; readers read the row as a SELECT would, between Begin and Put.
TEST(Rows, NeverGivesAnOldValueAfterADrop) {
  Rows rows(100, Always, absl::Hours(1));
  std::atomic<int> row{0};
  std::atomic<int> puts{0};
  std::atomic<bool> done{false};
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      while (!done) {
        const Rows::Ticket ticket = rows.Begin("opinions/1");
        const int read = row;
        std::this_thread::yield();
        rows.Put("opinions/1", ticket, Value(read));
        ++puts;
      }
    });
  }
  bool old = false;
  while (puts < 20000 && !old) {
    const int written = ++row;
    rows.Drop("opinions/1");
    for (int look = 0; look < 5; ++look) {
      const int found = Found(rows, "opinions/1");
      old = old || (found != -1 && found != written);
      std::this_thread::yield();
    }
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_FALSE(old) << "after " << puts << " puts";
}

}  // namespace
}  // namespace firstfloor::cache
